// One feature against one value of the program. Both sides say the same in different words.
#include "core/formats/ml_program/check_feature.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/formats/ml_program/operations/inference.hpp"

namespace goldilocks::ml_program {
namespace {

using Array = model::spec::ArrayFeatureType;
using Image = model::spec::ImageFeatureType;

std::optional<ElementType> element_of(Array::ArrayDataType type) {
  switch (type) {
    case Array::FLOAT32:
      return ElementType::float32;
    case Array::FLOAT16:
      return ElementType::float16;
    case Array::INT32:
      return ElementType::int32;
    case Array::INT8:
      return ElementType::int8;
    default:
      return std::nullopt;
  }
}

// The lengths that a dimension may have.
struct Range {
  std::int64_t low;
  std::int64_t high;
};

// Whether a dimension of the program takes every length of the range: an unknown one does, a known one only itself.
bool takes(std::int64_t dim, const Range& range) { return dim == unknown || (range.low == dim && range.high == dim); }

Range range_of(const model::spec::SizeRange& range) {
  return {static_cast<std::int64_t>(range.lowerbound()), range.upperbound()};
}

std::string shape_mismatch(const Array& array, const Shape& dims) {
  const Shape& expected = dims.empty() ? Shape{1} : dims;  // a feature has at least one dimension
  const std::vector<std::int64_t> shape(array.shape().begin(), array.shape().end());
  const auto differs = [&](const std::vector<std::int64_t>& found) {
    return fmt::format("the feature's shape is {}, the program's {}", text(found), text(dims));
  };
  if (array.has_shaperange()) {
    const auto& ranges = array.shaperange().sizeranges();
    if (static_cast<std::size_t>(ranges.size()) != expected.size()) {
      return fmt::format("the feature has ranges for {} dimensions, the program {}", ranges.size(), text(dims));
    }
    for (int i = 0; i < ranges.size(); ++i) {
      const Range range = range_of(ranges[i]);
      const std::int64_t dim = expected[static_cast<std::size_t>(i)];
      if (!takes(dim, range)) {
        return fmt::format("dimension {} may be {} to {} long, and is {} in the program", i, range.low, range.high,
                           dim);
      }
    }
  }
  for (const auto& listed : array.enumeratedshapes().shapes()) {
    const std::vector<std::int64_t> found(listed.shape().begin(), listed.shape().end());
    if (!may_be_equal(found, expected)) return differs(found);
  }
  return shape.empty() || may_be_equal(shape, expected) ? "" : differs(shape);
}

std::string array_mismatch(const Array& array, const Type& value) {
  const auto element = element_of(array.datatype());
  if (!value.is_tensor()) return fmt::format("the feature is an array, and the program has {}", text(value));
  if (!element || *element != value.element) {
    return fmt::format("the feature's type is {}, the program's {}",
                       element ? name(*element) : std::string_view("none of a program's"), name(value.element));
  }
  return value.ranked ? shape_mismatch(array, value.shape) : "";
}

// Sizes of an image's height or width.
std::vector<Range> image_sizes(const Image& image, bool height) {
  if (image.has_imagesizerange()) {
    return {range_of(height ? image.imagesizerange().heightrange() : image.imagesizerange().widthrange())};
  }
  std::vector<Range> sizes;
  for (const Image::ImageSize& size : image.enumeratedsizes().sizes()) {
    const auto length = static_cast<std::int64_t>(height ? size.height() : size.width());
    sizes.push_back({length, length});
  }
  if (sizes.empty())
    sizes.push_back({height ? image.height() : image.width(), height ? image.height() : image.width()});
  return sizes;
}

std::string image_mismatch(const Image& image, const Type& value) {
  const bool is_gray = image.colorspace() == Image::GRAYSCALE || image.colorspace() == Image::GRAYSCALE_FLOAT16;
  const std::int64_t channels = is_gray ? 1 : 3;
  if (!value.is_tensor()) return fmt::format("the feature is an image, and the program has {}", text(value));
  const bool bytes_fit = value.element == ElementType::uint8 && image.colorspace() == Image::GRAYSCALE;
  if (value.element != ElementType::float32 && value.element != ElementType::float16 && !bytes_fit) {
    return fmt::format("the feature is an image, and the program's values are {}", name(value.element));
  }
  if (!value.ranked) return "";
  if (!may_be_equal(value.shape, {1, channels, unknown, unknown})) {
    return fmt::format("an image with {} channel{} needs [1, {}, height, width], and the program has {}", channels,
                       channels == 1 ? "" : "s", channels, text(value.shape));
  }
  for (const bool height : {true, false}) {
    const std::int64_t dim = value.shape[height ? 2 : 3];
    for (const Range& range : image_sizes(image, height)) {
      if (!takes(dim, range)) {
        return fmt::format("the image's {} may be {} to {}, and is {} in the program", height ? "height" : "width",
                           range.low, range.high, dim);
      }
    }
  }
  return "";
}

std::string state_mismatch(const model::spec::StateFeatureType& state, const Type& value) {
  if (value.kind != Type::Kind::state)
    return fmt::format("the feature is a state, and the program has {}", text(value));
  return array_mismatch(state.arraytype(), value.parts.at(0));
}

std::string label_mismatch(ElementType label, const Type& value) {
  return value == tensor(label) ? ""
                                : fmt::format("the feature is {}, and the program has {}", name(label), text(value));
}

}  // namespace

std::string mismatch(const model::spec::FeatureType& feature, const Type& value) {
  using Feature = model::spec::FeatureType;
  switch (feature.Type_case()) {
    case Feature::kMultiArrayType:
      return array_mismatch(feature.multiarraytype(), value);
    case Feature::kImageType:
      return image_mismatch(feature.imagetype(), value);
    case Feature::kStateType:
      return state_mismatch(feature.statetype(), value);
    case Feature::kStringType:
      return label_mismatch(ElementType::string, value);
    case Feature::kInt64Type:
      return label_mismatch(ElementType::int64, value);
    case Feature::kDictionaryType: {
      const auto key = feature.dictionarytype().has_int64keytype() ? ElementType::int64 : ElementType::string;
      const bool fits = value.kind == Type::Kind::dictionary && value.parts.at(0) == tensor(key);
      return fits ? ""
                  : fmt::format("the feature is a dictionary of {}, and the program has {}", name(key), text(value));
    }
    default:
      return "the feature's type is none that a program has";
  }
}

}  // namespace goldilocks::ml_program
