// Inputs, outputs and states by themselves: names, types, shapes and their flexibility, defaults.
#include <algorithm>
#include <limits>

#include "core/formats/coreml/feature_text.hpp"
#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {
namespace {

using Array = spec::ArrayFeatureType;
using Image = spec::ImageFeatureType;

// An absent upper bound is a bound of 0, and a negative one none.
bool is_within(std::int64_t value, const spec::SizeRange& range) {
  return value >= 0 && static_cast<std::uint64_t>(value) >= range.lowerbound() &&
         (range.upperbound() < 0 || value <= range.upperbound());
}

void check_range(const spec::SizeRange& range, const Findings& findings) {
  findings.require(range.upperbound() <= 0 || static_cast<std::uint64_t>(range.upperbound()) >= range.lowerbound(),
                   "feature.range", "the range {} to {} is empty", range.lowerbound(), range.upperbound());
}

template <class A, class B>
bool same_shape(const A& a, const B& b) {
  return std::ranges::equal(a, b);
}

void check_array_flexibility(const Array& array, const Findings& findings) {
  const bool fixed = array.shape_size() > 0;
  if (array.has_enumeratedshapes()) {
    const auto& shapes = array.enumeratedshapes().shapes();
    findings.require(!shapes.empty() && std::ranges::none_of(shapes, [](const auto& s) { return s.shape().empty(); }),
                     "feature.enumeration", "a list of shapes, or a shape in it, is empty");
    if (fixed && !shapes.empty()) {
      findings.require(std::ranges::any_of(shapes, [&](const auto& s) { return same_shape(s.shape(), array.shape()); }),
                       "feature.enumeration", "the shape [{}] is none of those that are listed",
                       fmt::join(array.shape(), ", "));
    }
  } else if (array.has_shaperange()) {
    const auto& ranges = array.shaperange().sizeranges();
    for (const spec::SizeRange& range : ranges) check_range(range, findings);
    if (!fixed) return;
    bool inside = ranges.size() == array.shape_size();
    for (int i = 0; inside && i < ranges.size(); ++i) inside = is_within(array.shape(i), ranges[i]);
    findings.require(inside, "feature.range", "the shape [{}] is outside of the ranges that are given",
                     fmt::join(array.shape(), ", "));
  }
}

void check_default(const Array& array, const Findings& findings) {
  bool fits = true;
  switch (array.defaultOptionalValue_case()) {
    case Array::kIntDefaultValue:
      fits = array.datatype() == Array::INT32 ||
             (array.datatype() == Array::INT8 && array.intdefaultvalue() >= std::numeric_limits<std::int8_t>::min() &&
              array.intdefaultvalue() <= std::numeric_limits<std::int8_t>::max());
      break;
    case Array::kFloatDefaultValue:
      fits = array.datatype() == Array::FLOAT32 || array.datatype() == Array::FLOAT16;
      break;
    case Array::kDoubleDefaultValue:
      fits = array.datatype() == Array::DOUBLE;
      break;
    case Array::DEFAULTOPTIONALVALUE_NOT_SET:
      break;
  }
  findings.require(fits, "feature.default", "the default value doesn't fit into {}", data_type_text(array.datatype()));
}

void check_array(const Array& array, bool is_input, const Findings& findings) {
  switch (array.datatype()) {
    case Array::FLOAT16:
    case Array::FLOAT32:
    case Array::DOUBLE:
    case Array::INT8:
    case Array::INT32:
      break;
    default:
      findings.add("feature.data-type", "the data type {} is not known", static_cast<int>(array.datatype()));
  }
  findings.require(
      !is_input || array.shape_size() > 0 || array.ShapeFlexibility_case() != Array::SHAPEFLEXIBILITY_NOT_SET,
      "feature.shape", "an array input needs a shape");
  findings.require(std::ranges::all_of(array.shape(), [](std::int64_t dim) { return dim >= 0; }), "feature.shape",
                   "the shape [{}] has negative dimensions", fmt::join(array.shape(), ", "));
  check_array_flexibility(array, findings);
  check_default(array, findings);
}

void check_image(const Image& image, const Findings& findings) {
  switch (image.colorspace()) {
    case Image::GRAYSCALE:
    case Image::RGB:
    case Image::BGR:
    case Image::GRAYSCALE_FLOAT16:
      break;
    default:
      findings.add("feature.color-space", "the color space {} is not known", static_cast<int>(image.colorspace()));
  }
  const bool flexible = image.SizeFlexibility_case() != Image::SIZEFLEXIBILITY_NOT_SET;
  if (image.has_enumeratedsizes()) {
    const auto& sizes = image.enumeratedsizes().sizes();
    findings.require(!sizes.empty(), "feature.enumeration", "the list of image sizes is empty");
    if (image.width() > 0 && !sizes.empty()) {
      const auto is_this = [&](const Image::ImageSize& size) {
        return size.width() == static_cast<std::uint64_t>(image.width()) &&
               size.height() == static_cast<std::uint64_t>(image.height());
      };
      findings.require(std::ranges::any_of(sizes, is_this), "feature.enumeration",
                       "the size {} x {} is none of those that are listed", image.width(), image.height());
    }
  } else if (image.has_imagesizerange()) {
    check_range(image.imagesizerange().widthrange(), findings);
    check_range(image.imagesizerange().heightrange(), findings);
    findings.require(image.width() <= 0 || (is_within(image.width(), image.imagesizerange().widthrange()) &&
                                            is_within(image.height(), image.imagesizerange().heightrange())),
                     "feature.range", "the size {} x {} is outside of the ranges that are given", image.width(),
                     image.height());
  }
  findings.require((image.width() > 0 && image.height() > 0) || (flexible && image.width() == 0 && image.height() == 0),
                   "feature.size", "an image of {} x {} pixels", image.width(), image.height());
}

void check_state(const spec::FeatureType& type, const Findings& findings) {
  const Array& array = type.statetype().arraytype();
  findings.require(array.datatype() == Array::FLOAT16 || array.datatype() == Array::INT8, "feature.state",
                   "a state must be float16 or int8");
  findings.require(array.shape_size() > 0 && array.ShapeFlexibility_case() == Array::SHAPEFLEXIBILITY_NOT_SET,
                   "feature.state", "a state needs a fixed shape");
  findings.require(!type.isoptional() && array.defaultOptionalValue_case() == Array::DEFAULTOPTIONALVALUE_NOT_SET,
                   "feature.state", "a state can't be optional or have a default");
}

void check_feature(const spec::FeatureDescription& feature, bool is_input, const Findings& findings) {
  findings.require(!feature.name().empty(), "feature.name", "a feature needs a name");
  const spec::FeatureType& type = feature.type();
  switch (type.Type_case()) {
    case spec::FeatureType::kMultiArrayType:
      check_array(type.multiarraytype(), is_input, findings);
      break;
    case spec::FeatureType::kImageType:
      check_image(type.imagetype(), findings);
      break;
    case spec::FeatureType::kDictionaryType:
      findings.require(type.dictionarytype().KeyType_case() != spec::DictionaryFeatureType::KEYTYPE_NOT_SET,
                       "feature.dictionary", "the type of the dictionary's keys is not set");
      break;
    case spec::FeatureType::kSequenceType:
      findings.require(type.sequencetype().Type_case() != spec::SequenceFeatureType::TYPE_NOT_SET, "feature.sequence",
                       "the type of the sequence's elements is not set");
      break;
    case spec::FeatureType::kStateType:
      check_state(type, findings);
      break;
    case spec::FeatureType::TYPE_NOT_SET:
      findings.add("feature.type", "no type is set");
      break;
    default:
      break;
  }
}

bool takes_optional_inputs(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kMlProgram:
    case spec::Model::kSerializedModel:
    case spec::Model::kTreeEnsembleClassifier:
    case spec::Model::kTreeEnsembleRegressor:
    case spec::Model::kImputer:
    case spec::Model::kItemSimilarityRecommender:
    case spec::Model::kIdentity:
      return true;
    default:
      return static_cast<bool>(network_of(model)) || pipeline_of(model) != nullptr;
  }
}

bool takes_default_inputs(const spec::Model& model) {
  return static_cast<bool>(network_of(model)) || model.has_mlprogram() || model.has_serializedmodel();
}

void check_optional(const spec::Model& model, const spec::FeatureDescription& input, const Findings& findings) {
  if (!input.type().isoptional()) return;
  findings.require(takes_optional_inputs(model), "feature.optional", "{} takes no optional inputs", model_type(model));
  findings.require(takes_default_inputs(model) ||
                       input.type().multiarraytype().defaultOptionalValue_case() == Array::DEFAULTOPTIONALVALUE_NOT_SET,
                   "feature.default", "{} takes no default values", model_type(model));
}

}  // namespace

void check_features(const spec::Model& model, const Findings& findings) {
  const spec::ModelDescription& description = model.description();
  for (const spec::FeatureDescription& input : description.input()) {
    const Findings here = findings.at(fmt::format("input '{}'", input.name()));
    check_feature(input, true, here);
    check_optional(model, input, here);
  }
  for (const spec::FeatureDescription& output : description.output()) {
    const Findings here = findings.at(fmt::format("output '{}'", output.name()));
    check_feature(output, false, here);
    here.require(!output.type().isoptional(), "feature.optional", "an output can't be optional");
    here.require(!output.type().has_statetype(), "feature.state", "a state can't be an output");
  }
  for (const spec::FeatureDescription& state : description.state()) {
    const Findings here = findings.at(fmt::format("state '{}'", state.name()));
    check_feature(state, true, here);
    here.require(state.type().has_statetype(), "feature.state", "only states may be listed here");
  }
  findings.require(description.functions().empty() || model.has_mlprogram(), "structure.functions",
                   "{} can't have functions", model_type(model));
}

}  // namespace goldilocks::model::validation
