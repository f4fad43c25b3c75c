// Elements of all types pass through visit(), which calls a function with each as the number that it is.
#include "core/runtime/arrays.hpp"

#include <cmath>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"

namespace goldilocks::runtime {
namespace {

template <class Element>
Element element_at(const Array& array, std::size_t index) {
  Element element;
  std::memcpy(&element, array.bytes().data() + index * sizeof(Element), sizeof(Element));
  return element;
}

template <class Visit>
void visit(const Array& array, const Visit& visit_one) {
  const std::size_t count = element_count(array);
  const auto all = [&]<class Element>(Element /*type*/) {
    for (std::size_t index = 0; index < count; ++index) visit_one(index, element_at<Element>(array, index));
  };
  switch (array.type) {
    case ElementType::float32:
      return all(float{});
    case ElementType::float64:
      return all(double{});
    case ElementType::int64:
      return all(std::int64_t{});
    case ElementType::int32:
      return all(std::int32_t{});
    case ElementType::int8:
      return all(std::int8_t{});
    case ElementType::float16:
      for (std::size_t index = 0; index < count; ++index) {
        visit_one(index, float_from_half(element_at<std::uint16_t>(array, index)));
      }
  }
}

template <class Element>
Element whole(double value) {
  if (std::isnan(value)) return 0;
  const double rounded = std::nearbyint(value);
  // The upper limit of int64 is no float64; the next one above it is.
  const double beyond = std::ldexp(1.0, std::numeric_limits<Element>::digits);
  if (rounded >= beyond) return std::numeric_limits<Element>::max();
  if (rounded < -beyond) return std::numeric_limits<Element>::min();
  return static_cast<Element>(rounded);
}

template <class Element, class Convert>
void store(Array& array, std::size_t index, const Convert& element) {
  const auto converted = static_cast<Element>(element);
  std::memcpy(array.data.data() + index * sizeof(Element), &converted, sizeof(Element));
}

template <class Source>
void store_as(Array& array, std::size_t index, Source value) {
  switch (array.type) {
    case ElementType::float32:
      return store<float>(array, index, value);
    case ElementType::float64:
      return store<double>(array, index, value);
    case ElementType::float16:
      return store<std::uint16_t>(array, index, half_from_double(static_cast<double>(value)));
    case ElementType::int64:
      if constexpr (std::is_integral_v<Source>) return store<std::int64_t>(array, index, value);
      return store<std::int64_t>(array, index, whole<std::int64_t>(static_cast<double>(value)));
    case ElementType::int32:
      return store<std::int32_t>(array, index, whole<std::int32_t>(static_cast<double>(value)));
    case ElementType::int8:
      return store<std::int8_t>(array, index, whole<std::int8_t>(static_cast<double>(value)));
  }
}

template <class Source>
Array from_values(std::span<const Source> values, std::vector<std::int64_t> shape, ElementType type) {
  Array array{type, std::move(shape), std::vector<std::byte>(values.size() * size_of(type))};
  for (std::size_t index = 0; index < values.size(); ++index) store_as(array, index, values[index]);
  return array;
}

// Calls use(Element()) with the type of a graph's numbers; truths are bytes.
template <class Use>
void with_number_type(std::int32_t type, const Use& use) {
  switch (type) {
    case GLK_FLOAT32:
      return use(float());
    case GLK_FLOAT64:
      return use(double());
    case GLK_INT64:
      return use(std::int64_t());
    case GLK_INT32:
      return use(std::int32_t());
    case GLK_INT16:
      return use(std::int16_t());
    case GLK_INT8:
      return use(std::int8_t());
    case GLK_BOOL:
    case GLK_UINT8:
      return use(std::uint8_t());
    case GLK_UINT16:
      return use(std::uint16_t());
    case GLK_UINT32:
      return use(std::uint32_t());
    default:
      throw ModelError(fmt::format("values of the graph's type {} are no numbers", type));
  }
}

}  // namespace

std::string type_text(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return "float32";
    case ElementType::float64:
      return "float64";
    case ElementType::float16:
      return "float16";
    case ElementType::int64:
      return "int64";
    case ElementType::int32:
      return "int32";
    case ElementType::int8:
      break;
  }
  return "int8";
}

std::string shape_text(std::span<const std::int64_t> dims) { return fmt::format("[{}]", fmt::join(dims, ", ")); }

std::string value_text(const Value& value) {
  if (const auto* array = std::get_if<Array>(&value)) {
    return fmt::format("array {} {}", type_text(array->type), shape_text(array->shape));
  }
  if (const auto* image = std::get_if<Image>(&value)) return fmt::format("image {} x {}", image->width, image->height);
  constexpr const char* names[] = {"array",
                                   "image",
                                   "whole number",
                                   "number",
                                   "text",
                                   "dictionary of text",
                                   "dictionary of whole numbers",
                                   "sequence of text",
                                   "sequence of whole numbers"};
  return names[value.index()];
}

void make_owner(Value& value) {
  const auto own = [](std::vector<std::byte>& bytes, std::span<const std::byte>& borrowed) {
    if (!borrowed.empty()) bytes.assign(borrowed.begin(), borrowed.end());
    borrowed = {};
  };
  if (auto* array = std::get_if<Array>(&value)) own(array->data, array->borrowed);
  if (auto* image = std::get_if<Image>(&value)) own(image->pixels, image->borrowed);
}

std::size_t element_count(const Array& array) {
  std::size_t count = 1;
  bool fits = true;
  for (const std::int64_t dim : array.shape) {
    if (dim < 0 || __builtin_mul_overflow(count, static_cast<std::size_t>(dim), &count)) fits = false;
  }
  std::size_t bytes = 0;
  if (!fits || __builtin_mul_overflow(count, size_of(array.type), &bytes) || bytes != array.bytes().size()) {
    throw UsageError(fmt::format("an array of shape {} and type {} with {} bytes of data", shape_text(array.shape),
                                 type_text(array.type), array.bytes().size()));
  }
  return count;
}

void to_floats(const Array& array, std::span<float> to) {
  visit(array, [&](std::size_t index, auto element) { to[index] = static_cast<float>(element); });
}

std::vector<double> to_doubles(const Array& array) {
  std::vector<double> values;
  try {
    values.resize(element_count(array));
  } catch (const UsageError& error) {
    throw Error(Error::Kind::usage, error.what());
  }
  visit(array, [&](std::size_t index, auto element) { values[index] = static_cast<double>(element); });
  return values;
}

Array from_floats(std::span<const float> values, std::vector<std::int64_t> shape, ElementType type) {
  if (type == ElementType::float32) return make_array<float>(std::move(shape), values);
  return from_values(values, std::move(shape), type);
}

Array from_doubles(std::span<const double> values, std::vector<std::int64_t> shape, ElementType type) {
  return from_values(values, std::move(shape), type);
}

Array with_type(const Array& array, ElementType type) {
  if (array.type == type) return array;
  Array result{type, array.shape, std::vector<std::byte>(element_count(array) * size_of(type))};
  visit(array, [&](std::size_t index, auto element) { store_as(result, index, element); });
  return result;
}

std::vector<std::int64_t> to_integers(const Array& array) {
  std::vector<std::int64_t> values(element_count(array));
  visit(array, [&](std::size_t index, auto element) {
    if constexpr (std::is_integral_v<decltype(element)>) {
      values[index] = element;
    } else {
      values[index] = whole<std::int64_t>(static_cast<double>(element));
      if (static_cast<double>(values[index]) != static_cast<double>(element)) {
        throw UsageError(fmt::format("{} is no whole number", element));
      }
    }
  });
  return values;
}

void to_elements(const Array& array, std::int32_t type, std::span<std::byte> to) {
  with_number_type(type, [&]<class Element>(Element /*type*/) {
    const auto put = [&](std::size_t index, Element element) {
      std::memcpy(to.data() + index * sizeof(Element), &element, sizeof(Element));
    };
    visit(array, [&](std::size_t index, auto value) {
      if (type == GLK_BOOL) return put(index, static_cast<Element>(value != 0));
      if constexpr (std::is_floating_point_v<Element>) {
        put(index, static_cast<Element>(value));
      } else {
        put(index, whole<Element>(static_cast<double>(value)));
      }
    });
  });
}

std::vector<double> numbers_in(const plugins::Tensor& tensor) {
  if (tensor.type == GLK_FLOAT32) return {tensor.values.begin(), tensor.values.end()};
  if (tensor.type == GLK_STRING) throw ModelError("text is given where numbers are declared");
  std::vector<double> numbers;
  with_number_type(tensor.type, [&]<class Element>(Element /*type*/) {
    numbers.resize(tensor.bytes.size() / sizeof(Element));
    for (std::size_t index = 0; index < numbers.size(); ++index) {
      Element element;
      std::memcpy(&element, tensor.bytes.data() + index * sizeof(Element), sizeof(Element));
      numbers[index] = static_cast<double>(element);
    }
  });
  return numbers;
}

}  // namespace goldilocks::runtime
