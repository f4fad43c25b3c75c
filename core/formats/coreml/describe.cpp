#include "core/formats/coreml/describe.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/feature_text.hpp"

namespace goldilocks::formats {
namespace {

namespace spec = ::CoreML::Specification;
using runtime::ElementType;
using runtime::Feature;
using runtime::Kind;
using runtime::PixelFormat;
using runtime::SizeRange;
using Shape = std::vector<std::int64_t>;

SizeRange size_range(const spec::SizeRange& range) {
  const auto least = static_cast<std::int64_t>(std::min<std::uint64_t>(range.lowerbound(), INT64_MAX));
  return {least, range.upperbound() < 0 ? -1 : range.upperbound()};
}

Shape lower_bounds(const std::vector<SizeRange>& ranges) {
  Shape shape;
  for (const SizeRange& range : ranges) shape.push_back(range.least);
  return shape;
}

// Where no default is stated: the first of those allowed, otherwise the lower bounds.
void set_default_shape(Feature& feature) {
  if (!feature.shape.empty()) return;
  if (!feature.other_shapes.empty()) {
    feature.shape = feature.other_shapes.front();
  } else if (!feature.ranges.empty()) {
    feature.shape = lower_bounds(feature.ranges);
  }
}

void describe_array(const spec::ArrayFeatureType& array, Feature& feature, const std::string& place) {
  switch (array.datatype()) {
    case spec::ArrayFeatureType::FLOAT32:
      feature.element_type = ElementType::float32;
      break;
    case spec::ArrayFeatureType::DOUBLE:
      feature.element_type = ElementType::float64;
      break;
    case spec::ArrayFeatureType::FLOAT16:
      feature.element_type = ElementType::float16;
      break;
    case spec::ArrayFeatureType::INT32:
      feature.element_type = ElementType::int32;
      break;
    case spec::ArrayFeatureType::INT8:
      feature.element_type = ElementType::int8;
      break;
    default:
      throw ModelError(place, "its element type is not known");
  }
  feature.shape.assign(array.shape().begin(), array.shape().end());
  for (const auto& shape : array.enumeratedshapes().shapes()) {
    feature.other_shapes.emplace_back(shape.shape().begin(), shape.shape().end());
  }
  for (const auto& range : array.shaperange().sizeranges()) feature.ranges.push_back(size_range(range));
  set_default_shape(feature);
  switch (array.defaultOptionalValue_case()) {
    case spec::ArrayFeatureType::kIntDefaultValue:
      feature.default_value = array.intdefaultvalue();
      break;
    case spec::ArrayFeatureType::kFloatDefaultValue:
      feature.default_value = static_cast<double>(array.floatdefaultvalue());
      break;
    case spec::ArrayFeatureType::kDoubleDefaultValue:
      feature.default_value = array.doubledefaultvalue();
      break;
    case spec::ArrayFeatureType::DEFAULTOPTIONALVALUE_NOT_SET:
      break;
  }
}

void describe_image(const spec::ImageFeatureType& image, Feature& feature, const std::string& place) {
  switch (image.colorspace()) {
    case spec::ImageFeatureType::GRAYSCALE:
      feature.pixels = PixelFormat::gray;
      break;
    case spec::ImageFeatureType::GRAYSCALE_FLOAT16:
      feature.pixels = PixelFormat::gray_float16;
      break;
    case spec::ImageFeatureType::RGB:
    case spec::ImageFeatureType::BGR:
      feature.pixels = PixelFormat::rgb;
      feature.blue_first = image.colorspace() == spec::ImageFeatureType::BGR;
      break;
    default:
      throw ModelError(place, "its colour space is not known");
  }
  if (image.width() > 0 && image.height() > 0) feature.shape = {image.height(), image.width()};
  for (const auto& size : image.enumeratedsizes().sizes()) {
    feature.other_shapes.push_back({static_cast<std::int64_t>(size.height()), static_cast<std::int64_t>(size.width())});
  }
  if (image.has_imagesizerange()) {
    feature.ranges = {size_range(image.imagesizerange().heightrange()),
                      size_range(image.imagesizerange().widthrange())};
  }
  set_default_shape(feature);
}

// `what` is the first word of its place: "input".
Feature describe_feature(const spec::FeatureDescription& description, const std::string& what) {
  const std::string place = fmt::format("{} '{}'", what, description.name());
  Feature feature;
  feature.name = description.name();
  feature.description = description.shortdescription();
  feature.type = model::feature_text(description.type());
  feature.optional = description.type().isoptional();
  switch (description.type().Type_case()) {
    case spec::FeatureType::kInt64Type:
      feature.kind = Kind::integer;
      break;
    case spec::FeatureType::kDoubleType:
      feature.kind = Kind::number;
      break;
    case spec::FeatureType::kStringType:
      feature.kind = Kind::text;
      break;
    case spec::FeatureType::kImageType:
      feature.kind = Kind::image;
      describe_image(description.type().imagetype(), feature, place);
      break;
    case spec::FeatureType::kMultiArrayType:
      feature.kind = Kind::array;
      describe_array(description.type().multiarraytype(), feature, place);
      break;
    case spec::FeatureType::kDictionaryType:
      feature.kind = Kind::dictionary;
      feature.integers = description.type().dictionarytype().has_int64keytype();
      break;
    case spec::FeatureType::kSequenceType:
      feature.kind = Kind::sequence;
      feature.integers = description.type().sequencetype().has_int64type();
      break;
    default:
      throw ModelError(place, "its type (" + feature.type + ") is not supported");
  }
  return feature;
}

bool is_classifier(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kPipelineClassifier:
    case spec::Model::kNeuralNetworkClassifier:
    case spec::Model::kGlmClassifier:
      return true;
    default:
      return false;
  }
}

bool names(const std::vector<Feature>& features, const std::string& name) {
  return std::ranges::find(features, name, &Feature::name) != features.end();
}

}  // namespace

Description describe(const spec::Model& model) {
  Description result;
  const spec::ModelDescription& description = model.description();
  for (const auto& feature : description.input()) result.inputs.push_back(describe_feature(feature, "input"));
  for (const auto& feature : description.output()) result.outputs.push_back(describe_feature(feature, "output"));
  if (is_classifier(model)) {
    if (names(result.outputs, description.predictedfeaturename())) {
      result.label_output = description.predictedfeaturename();
    }
    if (names(result.outputs, description.predictedprobabilitiesname())) {
      result.probabilities_output = description.predictedprobabilitiesname();
    }
  }
  const spec::Metadata& metadata = description.metadata();
  result.metadata = {metadata.shortdescription(),
                     metadata.author(),
                     metadata.license(),
                     metadata.versionstring(),
                     {metadata.userdefined().begin(), metadata.userdefined().end()}};
  return result;
}

}  // namespace goldilocks::formats
