// Models of categories, dictionaries and lists: one-hot encoder, vectorizers, extractor, mapping; and the suppression
// of boxes.
#include "core/formats/feature_models/lowering/feature_lowering.hpp"

namespace goldilocks::lowering {
namespace {

FeatureGraph::List texts_or_integers(bool integers, const spec::Int64Vector& whole, const spec::StringVector& texts) {
  if (integers) return list_from<std::int64_t>(whole.vector());
  return list_from<std::string>(texts.vector());
}

}  // namespace

// A sparse result is a dictionary with one entry: the category's index, or the category where keys are text.
void lower_one_hot_encoder(FeatureLowering& lowering) {
  const spec::OneHotEncoder& encoder = lowering.model().onehotencoder();
  const spec::FeatureDescription& output = lowering.only_output();
  FeatureGraph& graph = lowering.graph();
  const std::uint32_t categories = graph.add_constant(
      "categories",
      texts_or_integers(encoder.has_int64categories(), encoder.int64categories(), encoder.stringcategories()));
  const bool ignore = encoder.handleunknown() == spec::OneHotEncoder::IgnoreUnknown;
  const std::vector<FeatureGraph::Attribute> attributes = {{"unknown", std::string(ignore ? "ignore" : "error")}};
  const std::vector<std::uint32_t> inputs = {lowering.only_input().value, categories};
  if (!encoder.outputsparse()) {
    lowering.give(output.name(), graph.add_operation("encode_category", inputs, attributes, {output.name()}));
    return;
  }
  if (!output.type().has_dictionarytype()) FeatureLowering::fail("its sparse output is no dictionary");
  const bool integers = output.type().dictionarytype().has_int64keytype();
  const auto entry =
      graph.add_operation("category_entry", inputs, attributes,
                          {{output.name() + " keys", integers ? GLK_INT64 : GLK_STRING}, {output.name()}});
  lowering.give(output.name(), entry[1], entry[0]);
}

void lower_feature_vectorizer(FeatureLowering& lowering) {
  const spec::FeatureVectorizer& vectorizer = lowering.model().featurevectorizer();
  const std::string& name = lowering.only_output().name();
  std::vector<std::uint32_t> columns;
  for (const auto& column : vectorizer.inputlist()) {
    const FeaturePort& port = lowering.input(column.inputcolumn());
    if (port.keys) FeatureLowering::fail("the column '" + port.name + "' is a dictionary, which is not supported");
    columns.push_back(port.value);
  }
  if (columns.empty()) FeatureLowering::fail("has no columns");
  lowering.give(name, lowering.graph().add_operation("join", columns, {}, {name}));
}

void lower_dict_vectorizer(FeatureLowering& lowering) {
  const spec::DictVectorizer& vectorizer = lowering.model().dictvectorizer();
  const FeaturePort& input = lowering.only_input();
  if (!input.keys) FeatureLowering::fail("its input is no dictionary");
  const std::string& name = lowering.only_output().name();
  FeatureGraph& graph = lowering.graph();
  const std::uint32_t vocabulary = graph.add_constant(
      "vocabulary",
      texts_or_integers(vectorizer.has_int64toindex(), vectorizer.int64toindex(), vectorizer.stringtoindex()));
  lowering.give(name, graph.add_operation("vectorize_dictionary", {*input.keys, input.value, vocabulary}, {}, {name}));
}

void lower_array_feature_extractor(FeatureLowering& lowering) {
  const std::string& name = lowering.only_output().name();
  std::vector<std::int64_t> indexes;
  for (const std::uint64_t index : lowering.model().arrayfeatureextractor().extractindex()) {
    indexes.push_back(index > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(index));
  }
  lowering.give(
      name, lowering.graph().add_operation("extract", {lowering.only_input().value}, {{"indexes", indexes}}, {name}));
}

void lower_categorical_mapping(FeatureLowering& lowering) {
  const spec::CategoricalMapping& mapping = lowering.model().categoricalmapping();
  const spec::FeatureDescription& output = lowering.only_output();
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
  const bool to_integers = mapping.has_stringtoint64map();
  for (const auto& [text, integer] : mapping.stringtoint64map().map()) {
    texts.push_back(text);
    integers.push_back(integer);
  }
  for (const auto& [integer, text] : mapping.int64tostringmap().map()) {
    texts.push_back(text);
    integers.push_back(integer);
  }
  if (texts.empty()) FeatureLowering::fail("maps nothing");
  FeatureGraph& graph = lowering.graph();
  const std::uint32_t text_list = graph.add_constant("texts", texts);
  const std::uint32_t integer_list = graph.add_constant("integers", integers);
  std::vector<std::uint32_t> inputs = {lowering.only_input().value, to_integers ? text_list : integer_list,
                                       to_integers ? integer_list : text_list};
  if (mapping.ValueOnUnknown_case() == spec::CategoricalMapping::kInt64Value) {
    inputs.push_back(graph.add_constant("unknown", std::vector{std::int64_t{mapping.int64value()}}));
  } else if (mapping.ValueOnUnknown_case() == spec::CategoricalMapping::kStrValue) {
    inputs.push_back(graph.add_constant("unknown", std::vector{mapping.strvalue()}));
  }
  lowering.give(output.name(), graph.add_operation("map_categories", inputs, {},
                                                   {output.name(), to_integers ? GLK_INT64 : GLK_STRING}));
}

// How many boxes come out may be limited from either side by an output's shape: fixed, or a range.
void lower_suppression(FeatureLowering& lowering) {
  const spec::NonMaximumSuppression& suppression = lowering.model().nonmaximumsuppression();
  FeatureGraph& graph = lowering.graph();
  const auto threshold = [&](const std::string& input, const char* name, double value) {
    if (!input.empty()) {
      for (const FeaturePort& port : lowering.inputs()) {
        if (port.name == input) return port.value;
      }
    }
    return graph.add_constant(name, std::vector{value});
  };
  std::int64_t least = 0;
  std::int64_t most = -1;
  for (const spec::FeatureDescription& output : lowering.model().description().output()) {
    const spec::ArrayFeatureType& array = output.type().multiarraytype();
    if (array.shape_size() == 2 && !array.has_shaperange()) least = most = array.shape(0);
    if (array.shaperange().sizeranges_size() == 2) {
      const spec::SizeRange& rows = array.shaperange().sizeranges(0);
      least = rows.lowerbound() > INT32_MAX ? INT32_MAX : static_cast<std::int64_t>(rows.lowerbound());
      most = rows.upperbound();
    }
  }
  const std::string& confidence = suppression.confidenceoutputfeaturename();
  const std::string& coordinates = suppression.coordinatesoutputfeaturename();
  const std::vector<std::uint32_t> inputs = {
      lowering.input(suppression.confidenceinputfeaturename()).value,
      lowering.input(suppression.coordinatesinputfeaturename()).value,
      threshold(suppression.iouthresholdinputfeaturename(), "iouThreshold", suppression.iouthreshold()),
      threshold(suppression.confidencethresholdinputfeaturename(), "confidenceThreshold",
                suppression.confidencethreshold())};
  const auto kept = graph.add_operation(
      "suppress_boxes", inputs,
      {{"per_class", std::int64_t{suppression.picktop().perclass()}}, {"least", least}, {"most", most}},
      {{confidence + " kept", GLK_FLOAT64, 2}, {coordinates + " kept", GLK_FLOAT64, 2}});
  lowering.give(confidence, kept[0]);
  lowering.give(coordinates, kept[1]);
}

}  // namespace goldilocks::lowering
