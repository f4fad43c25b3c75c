#include "core/formats/feature_models/lowering/feature_lowering.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/formats/coreml/feature_text.hpp"
#include "core/formats/coreml/model_file.hpp"

namespace goldilocks::lowering {
namespace {

using Lower = void (*)(FeatureLowering&);

Lower rule_of(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kScaler:
      return &lower_scaler;
    case spec::Model::kNormalizer:
      return &lower_normalizer;
    case spec::Model::kImputer:
      return &lower_imputer;
    case spec::Model::kIdentity:
      return &lower_identity;
    case spec::Model::kOneHotEncoder:
      return &lower_one_hot_encoder;
    case spec::Model::kFeatureVectorizer:
      return &lower_feature_vectorizer;
    case spec::Model::kDictVectorizer:
      return &lower_dict_vectorizer;
    case spec::Model::kArrayFeatureExtractor:
      return &lower_array_feature_extractor;
    case spec::Model::kCategoricalMapping:
      return &lower_categorical_mapping;
    case spec::Model::kGlmRegressor:
      return &lower_glm_regressor;
    case spec::Model::kGlmClassifier:
      return &lower_glm_classifier;
    case spec::Model::kNonMaximumSuppression:
      return &lower_suppression;
    default:
      return nullptr;
  }
}

class LoweredFeatures final : public FeatureModel {
 public:
  explicit LoweredFeatures(const spec::Model& model) {
    FeatureLowering lowering(model, builder_, inputs, outputs);
    rule_of(model)(lowering);
    for (const auto& feature : model.description().output()) {
      if (std::ranges::find(outputs, feature.name(), &FeaturePort::name) == outputs.end()) {
        FeatureLowering::fail("the model doesn't give its output '" + feature.name() + "'");
      }
    }
    graph_ = &builder_.graph();
  }

  const glk_graph& graph() const override { return *graph_; }

 private:
  FeatureGraph builder_;
  const glk_graph* graph_ = nullptr;
};

}  // namespace

std::int32_t graph_type(const spec::FeatureDescription& feature) {
  const spec::FeatureType& type = feature.type();
  switch (type.Type_case()) {
    case spec::FeatureType::kDoubleType:
    case spec::FeatureType::kMultiArrayType:
    case spec::FeatureType::kDictionaryType:
      return GLK_FLOAT64;
    case spec::FeatureType::kInt64Type:
      return GLK_INT64;
    case spec::FeatureType::kStringType:
      return GLK_STRING;
    case spec::FeatureType::kSequenceType:
      return type.sequencetype().has_int64type() ? GLK_INT64 : GLK_STRING;
    default:
      FeatureLowering::fail("'" + feature.name() + "' is of the type " + model::feature_text(type) +
                            ", which this type of model doesn't take");
  }
}

FeatureLowering::FeatureLowering(const spec::Model& model, FeatureGraph& graph, std::vector<FeaturePort>& inputs,
                                 std::vector<FeaturePort>& outputs)
    : model_(model), graph_(graph), inputs_(inputs), outputs_(outputs) {
  for (const auto& feature : model.description().input()) add_input(feature);
}

void FeatureLowering::add_input(const spec::FeatureDescription& feature) {
  FeaturePort port;
  port.name = feature.name();
  const std::int32_t type = graph_type(feature);
  if (feature.type().has_dictionarytype()) {
    const bool integers = feature.type().dictionarytype().has_int64keytype();
    port.keys = graph_.add_input(feature.name() + " keys", integers ? GLK_INT64 : GLK_STRING);
  }
  port.value = graph_.add_input(feature.name(), type, rank_of(feature));
  inputs_.push_back(std::move(port));
}

void FeatureLowering::fail(const std::string& problem) { throw ModelError(problem); }

const FeaturePort& FeatureLowering::input(const std::string& name) const {
  const auto found = std::ranges::find(inputs_, name, &FeaturePort::name);
  if (found == inputs_.end()) fail("the model has no input '" + name + "'");
  return *found;
}

const FeaturePort& FeatureLowering::only_input() const {
  if (inputs_.size() != 1) fail("the model has " + std::to_string(inputs_.size()) + " inputs; its type takes one");
  return inputs_.front();
}

const spec::FeatureDescription& FeatureLowering::only_output() const {
  const auto& outputs = model_.description().output();
  if (outputs.size() != 1) fail("the model has " + std::to_string(outputs.size()) + " outputs; its type gives one");
  return outputs[0];
}

std::size_t FeatureLowering::rank_of(const spec::FeatureDescription& feature) const {
  if (!feature.type().has_multiarraytype()) return 1;
  const spec::ArrayFeatureType& array = feature.type().multiarraytype();
  const int stated = std::max(array.shape_size(), array.shaperange().sizeranges_size());
  if (stated == 0) return model_.has_nonmaximumsuppression() ? 2 : 1;
  return static_cast<std::size_t>(stated);
}

std::size_t FeatureLowering::rank(const FeaturePort& port) const {
  const auto& features = model_.description().input();
  return rank_of(*std::ranges::find_if(features, [&](const auto& feature) { return feature.name() == port.name; }));
}

std::uint32_t FeatureLowering::numbers() {
  std::vector<std::uint32_t> values;
  for (const FeaturePort& port : inputs_) values.push_back(port.value);
  if (values.empty()) fail("the model has no inputs");
  return graph_.add_operation("join", values, {}, {"all inputs"});
}

void FeatureLowering::give(const std::string& name, std::uint32_t value, std::optional<std::uint32_t> keys) {
  if (keys) graph_.add_output(*keys);
  graph_.add_output(value);
  outputs_.push_back({name, value, keys});
}

bool is_feature_model(const spec::Model& model) { return rule_of(model) != nullptr; }

std::shared_ptr<const FeatureModel> lower_features(const spec::Model& model) {
  if (!is_feature_model(model)) {
    throw ModelError("a model of the type '" + model::model_type(model) + "' is none that only prepares features");
  }
  return within(model::model_type(model), [&] { return std::make_shared<const LoweredFeatures>(model); });
}

}  // namespace goldilocks::lowering
