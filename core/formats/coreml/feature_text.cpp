#include "core/formats/coreml/feature_text.hpp"

#include <fmt/format.h>

namespace goldilocks::model {
namespace {

std::string range_text(const spec::SizeRange& range) {
  // Below 0 means no bound.
  return range.upperbound() < 0 ? fmt::format("{}..", range.lowerbound())
                                : fmt::format("{}..{}", range.lowerbound(), range.upperbound());
}

std::string array_text(const spec::ArrayFeatureType& array) {
  std::string text = fmt::format("array {} [{}]", data_type_text(array.datatype()), fmt::join(array.shape(), ", "));
  if (array.has_enumeratedshapes()) text += fmt::format(" ({} shapes)", array.enumeratedshapes().shapes_size());
  if (array.has_shaperange()) {
    std::vector<std::string> ranges;
    for (const spec::SizeRange& range : array.shaperange().sizeranges()) ranges.push_back(range_text(range));
    text += fmt::format(" ({})", fmt::join(ranges, ", "));
  }
  return text;
}

std::string image_text(const spec::ImageFeatureType& image) {
  std::string text =
      fmt::format("image {} {} x {}", color_space_text(image.colorspace()), image.width(), image.height());
  if (image.has_enumeratedsizes()) text += fmt::format(" ({} sizes)", image.enumeratedsizes().sizes_size());
  if (image.has_imagesizerange()) {
    text += fmt::format(" ({} x {})", range_text(image.imagesizerange().widthrange()),
                        range_text(image.imagesizerange().heightrange()));
  }
  return text;
}

}  // namespace

std::string data_type_text(spec::ArrayFeatureType::ArrayDataType type) {
  switch (type) {
    case spec::ArrayFeatureType::FLOAT16:
      return "float16";
    case spec::ArrayFeatureType::FLOAT32:
      return "float32";
    case spec::ArrayFeatureType::DOUBLE:
      return "float64";
    case spec::ArrayFeatureType::INT8:
      return "int8";
    case spec::ArrayFeatureType::INT32:
      return "int32";
    default:
      return fmt::format("type {}", static_cast<int>(type));
  }
}

std::string color_space_text(spec::ImageFeatureType::ColorSpace color) {
  switch (color) {
    case spec::ImageFeatureType::GRAYSCALE:
      return "grayscale";
    case spec::ImageFeatureType::RGB:
      return "RGB";
    case spec::ImageFeatureType::BGR:
      return "BGR";
    case spec::ImageFeatureType::GRAYSCALE_FLOAT16:
      return "grayscale float16";
    default:
      return fmt::format("color space {}", static_cast<int>(color));
  }
}

std::string feature_text(const spec::FeatureType& type) {
  switch (type.Type_case()) {
    case spec::FeatureType::kInt64Type:
      return "int64";
    case spec::FeatureType::kDoubleType:
      return "float64";
    case spec::FeatureType::kStringType:
      return "string";
    case spec::FeatureType::kImageType:
      return image_text(type.imagetype());
    case spec::FeatureType::kMultiArrayType:
      return array_text(type.multiarraytype());
    case spec::FeatureType::kDictionaryType:
      return type.dictionarytype().has_int64keytype() ? "dictionary of int64" : "dictionary of string";
    case spec::FeatureType::kSequenceType:
      return type.sequencetype().has_int64type() ? "sequence of int64" : "sequence of string";
    case spec::FeatureType::kStateType:
      return "state " + array_text(type.statetype().arraytype());
    case spec::FeatureType::TYPE_NOT_SET:
      break;
  }
  return "none";
}

}  // namespace goldilocks::model
