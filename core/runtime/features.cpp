#include "core/runtime/features.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/data/channels.hpp"
#include "core/runtime/arrays.hpp"

namespace goldilocks::runtime {
namespace {

using Shape = std::vector<std::int64_t>;

std::string range_text(const SizeRange& range) {
  if (range.most < 0) return fmt::format("{} or more", range.least);
  return range.least == range.most ? std::to_string(range.least) : fmt::format("{} to {}", range.least, range.most);
}

std::string one_shape_text(const Feature& feature, const Shape& shape) {
  return feature.kind == Kind::image ? fmt::format("{} x {}", shape.at(1), shape.at(0)) : shape_text(shape);
}

[[noreturn]] void refuse_shape(const Feature& feature, const Shape& shape) {
  throw UsageError(input_place(feature),
                   fmt::format("the {} {} is not allowed; allowed: {}", feature.kind == Kind::image ? "size" : "shape",
                               one_shape_text(feature, shape), allowed_shapes(feature)));
}

[[noreturn]] void refuse_kind(const Feature& feature, const Value& value) {
  throw UsageError(input_place(feature), fmt::format("takes {}, and was given {}", feature.type, value_text(value)));
}

// The shape under which a network takes an array.
Shape array_shape(const Feature& feature, const Shape& given, bool rank5) {
  if (feature.shape.empty() || allows_shape(feature, given)) return given;
  Shape shape = given;
  while (shape.size() > feature.shape.size() && shape.front() == 1) shape.erase(shape.begin());
  while (shape.size() < feature.shape.size()) shape.insert(shape.begin(), 1);
  if (allows_shape(feature, shape)) return shape;
  if (rank5 && given.size() == 5 && given[0] > 0 && given[1] > 0) {
    Shape sample(given.begin() + 2, given.end());
    if (feature.shape.size() == 1 && sample[1] == 1 && sample[2] == 1) sample.resize(1);
    if (allows_shape(feature, sample)) return given;
  }
  refuse_shape(feature, given);
}

Array array_of(const Feature& feature, const Value& value) {
  if (const auto* array = std::get_if<Array>(&value)) return *array;
  if (const auto* number = std::get_if<double>(&value)) return make_array<double>({1}, {number, 1});
  if (const auto* number = std::get_if<std::int64_t>(&value)) return make_array<std::int64_t>({1}, {number, 1});
  if (const auto* numbers = std::get_if<IntegerSequence>(&value)) {
    return make_array<std::int64_t>({static_cast<std::int64_t>(numbers->size())}, *numbers);
  }
  refuse_kind(feature, value);
}

Image image_of(const Feature& feature, const Value& value) {
  const auto* given = std::get_if<Image>(&value);
  if (given == nullptr) refuse_kind(feature, value);
  const auto pixels = static_cast<std::size_t>(given->width) * static_cast<std::size_t>(given->height);
  const std::size_t pixel_size = given->format == PixelFormat::rgb ? 3 : given->format == PixelFormat::gray ? 1 : 2;
  if (given->width < 1 || given->height < 1 || given->bytes().size() != pixels * pixel_size) {
    throw UsageError(input_place(feature), fmt::format("an image of {} x {} pixels with {} bytes", given->width,
                                                       given->height, given->bytes().size()));
  }
  const Shape shape = {given->height, given->width};
  if (!allows_shape(feature, shape)) refuse_shape(feature, shape);
  return with_format(*given, *feature.pixels);
}

double number_of(const Feature& feature, const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* array = std::get_if<Array>(&value); array != nullptr && element_count(*array) == 1) {
    return to_doubles(*array).front();
  }
  refuse_kind(feature, value);
}

std::int64_t integer_of(const Feature& feature, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  const Array array = array_of(feature, value);
  const auto place = [&] { return input_place(feature); };
  if (within(place, [&] { return element_count(array) == 1; })) {
    return within(place, [&] { return to_integers(array).front(); });
  }
  refuse_kind(feature, value);
}

Value sequence_of(const Feature& feature, const Value& value) {
  if (!feature.integers) {
    if (std::holds_alternative<TextSequence>(value)) return value;
    refuse_kind(feature, value);
  }
  // Nothing tells an empty list of one kind from that of another.
  if (const auto* texts = std::get_if<TextSequence>(&value); texts != nullptr && texts->empty()) {
    return IntegerSequence{};
  }
  if (std::holds_alternative<IntegerSequence>(value)) return value;
  if (const auto* array = std::get_if<Array>(&value); array != nullptr && array->shape.size() == 1) {
    return to_integers(*array);
  }
  refuse_kind(feature, value);
}

Value dictionary_of(const Feature& feature, const Value& value) {
  if (feature.integers ? std::holds_alternative<IntegerDictionary>(value)
                       : std::holds_alternative<TextDictionary>(value)) {
    return value;
  }
  refuse_kind(feature, value);
}

}  // namespace

Image with_format(const Image& image, PixelFormat format) {
  if (image.format == format) return image;
  if (image.format == PixelFormat::gray_float16) {
    throw UsageError("an image of 16-bit floating point gray is given where 8 bits are taken");
  }
  data::Image bytes{image.width, image.height, image.format == PixelFormat::rgb ? 3 : 1, {}};
  const std::span<const std::byte> given = image.bytes();
  bytes.pixels.resize(given.size());
  std::memcpy(bytes.pixels.data(), given.data(), given.size());
  bytes = data::with_channels(std::move(bytes), format == PixelFormat::rgb ? 3 : 1);
  Image result{image.width, image.height, format, {}};
  if (format == PixelFormat::gray_float16) {
    for (const std::uint8_t pixel : bytes.pixels) {
      const std::uint16_t half = half_from_float(static_cast<float>(pixel) / 255.0F);
      const auto half_bytes = std::as_bytes(std::span(&half, 1));
      result.pixels.insert(result.pixels.end(), half_bytes.begin(), half_bytes.end());
    }
  } else {
    const auto all = std::as_bytes(std::span(bytes.pixels));
    result.pixels.assign(all.begin(), all.end());
  }
  return result;
}

ImageSize image_size(const Feature& feature) {
  constexpr std::int64_t most = 1 << 16;
  const bool usable = feature.shape.size() == 2 &&
                      std::ranges::all_of(feature.shape, [](std::int64_t side) { return side >= 1 && side <= most; });
  if (!usable) {
    throw ModelError(input_place(feature), fmt::format("an image of the size {} can't be used",
                                                       feature.shape.empty() ? "?" : allowed_shapes(feature)));
  }
  return {static_cast<int>(feature.shape[1]), static_cast<int>(feature.shape[0])};
}

std::string input_place(const Feature& feature) { return fmt::format("input '{}'", feature.name); }

bool allows_shape(const Feature& feature, std::span<const std::int64_t> shape) {
  const auto same = [&](const Shape& other) { return std::ranges::equal(shape, other); };
  if (!feature.ranges.empty()) {
    return std::ranges::equal(shape, feature.ranges, [](std::int64_t size, const SizeRange& range) {
      return size >= range.least && (range.most < 0 || size <= range.most);
    });
  }
  return same(feature.shape) || std::ranges::any_of(feature.other_shapes, same);
}

std::string allowed_shapes(const Feature& feature) {
  std::vector<std::string> parts;
  if (!feature.ranges.empty()) {
    for (const SizeRange& range : feature.ranges) parts.push_back(range_text(range));
    if (feature.kind != Kind::image) return fmt::format("[{}]", fmt::join(parts, ", "));
    return fmt::format("width {}, height {}", parts.at(1), parts.at(0));
  }
  if (std::ranges::find(feature.other_shapes, feature.shape) == feature.other_shapes.end()) {
    parts.push_back(one_shape_text(feature, feature.shape));
  }
  for (const Shape& shape : feature.other_shapes) parts.push_back(one_shape_text(feature, shape));
  return fmt::format("{}", fmt::join(parts, " or "));
}

Value as_input(const Feature& feature, const Value& value, bool rank5) {
  switch (feature.kind) {
    case Kind::array: {
      Array array = array_of(feature, value);
      within([&] { return input_place(feature); }, [&] { element_count(array); });
      array.shape = array_shape(feature, array.shape, rank5);
      return with_type(array, feature.element_type);
    }
    case Kind::image:
      return image_of(feature, value);
    case Kind::integer:
      return integer_of(feature, value);
    case Kind::number:
      return number_of(feature, value);
    case Kind::text:
      if (!std::holds_alternative<std::string>(value)) refuse_kind(feature, value);
      return value;
    case Kind::dictionary:
      return dictionary_of(feature, value);
    case Kind::sequence:
      return sequence_of(feature, value);
  }
  refuse_kind(feature, value);
}

Value empty_value(const Feature& feature) {
  switch (feature.kind) {
    case Kind::integer:
      return std::int64_t{0};
    case Kind::text:
      return std::string();
    case Kind::dictionary:
      return feature.integers ? Value(IntegerDictionary()) : Value(TextDictionary());
    case Kind::sequence:
      return feature.integers ? Value(IntegerSequence()) : Value(TextSequence());
    default:
      return 0.0;
  }
}

Value missing_input(const Feature& feature) {
  if (!feature.optional) throw UsageError(fmt::format("{} is missing ({})", input_place(feature), feature.type));
  switch (feature.kind) {
    case Kind::array: {
      std::int64_t count = 1;
      for (const std::int64_t dim : feature.shape) {
        if (dim < 0 || __builtin_mul_overflow(count, dim, &count) || count > (std::int64_t{1} << 32)) {
          throw UsageError(fmt::format("{} is missing, and its shape is none", input_place(feature)));
        }
      }
      const std::vector<double> values(static_cast<std::size_t>(count), feature.default_value.value_or(0));
      return from_doubles(values, feature.shape, feature.element_type);
    }
    case Kind::image:
      throw UsageError(fmt::format("{} is missing, and an image has no default", input_place(feature)));
    default:
      return empty_value(feature);
  }
}

}  // namespace goldilocks::runtime
