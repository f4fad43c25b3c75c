#include "core/formats/ml_program/program.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/half.hpp"

namespace goldilocks::ml_program {
namespace {

template <class T>
T element(std::span<const std::byte> bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

// Element `index` of a stream of `width` bits each, the first in the lowest bits.
std::uint64_t packed(std::span<const std::byte> bytes, std::size_t index, unsigned width) {
  const std::size_t first = index * width;
  auto window = static_cast<unsigned>(bytes[first / 8]);
  if (first % 8 + width > 8) window |= static_cast<unsigned>(bytes[first / 8 + 1]) << 8U;
  return (window >> (first % 8)) & ((1U << width) - 1);
}

template <class Items, class Name>
auto* find(Items& items, std::string_view wanted, Name Items::value_type::*name) {
  const auto found = std::ranges::find(items, wanted, name);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::size_t element_count(const Value& value) {
  return static_cast<std::size_t>(element_count(value.type.shape).value_or(0));
}

std::int64_t integer_at(const Value& value, std::size_t index) {
  if (value.widened) return element<std::int32_t>(value.bytes, index);
  switch (value.type.element) {
    case ElementType::boolean:
    case ElementType::uint8:
      return element<std::uint8_t>(value.bytes, index);
    case ElementType::int8:
      return element<std::int8_t>(value.bytes, index);
    case ElementType::int16:
      return element<std::int16_t>(value.bytes, index);
    case ElementType::uint16:
      return element<std::uint16_t>(value.bytes, index);
    case ElementType::int32:
      return element<std::int32_t>(value.bytes, index);
    case ElementType::uint32:
      return element<std::uint32_t>(value.bytes, index);
    case ElementType::int64:
    case ElementType::uint64:
      return element<std::int64_t>(value.bytes, index);
    case ElementType::int4: {
      const auto code = static_cast<std::int64_t>(packed(value.bytes, index, 4));
      return code < 8 ? code : code - 16;
    }
    default:
      return static_cast<std::int64_t>(packed(value.bytes, index, static_cast<unsigned>(bits(value.type.element))));
  }
}

double number_at(const Value& value, std::size_t index) {
  switch (value.type.element) {
    case ElementType::float16:
      return static_cast<double>(float_from_half(element<std::uint16_t>(value.bytes, index)));
    case ElementType::float32:
      return static_cast<double>(element<float>(value.bytes, index));
    case ElementType::float64:
      return element<double>(value.bytes, index);
    case ElementType::bfloat16: {
      const std::uint32_t wide = static_cast<std::uint32_t>(element<std::uint16_t>(value.bytes, index)) << 16U;
      return static_cast<double>(std::bit_cast<float>(wide));
    }
    default:
      return static_cast<double>(integer_at(value, index));
  }
}

const Block* Function::body() const {
  const auto* found = find(specializations, opset, &Specialization::opset);
  return found == nullptr ? nullptr : &found->block;
}

const Function* Program::function(std::string_view wanted) const { return find(functions, wanted, &Function::name); }

const Argument* find_argument(const Operation& operation, std::string_view parameter) {
  return find(operation.inputs, parameter, &Argument::parameter);
}

const Attribute* find_attribute(const Operation& operation, std::string_view name) {
  return find(operation.attributes, name, &Attribute::name);
}

std::string_view name_of(const Operation& operation) {
  const Attribute* name = find_attribute(operation, "name");
  if (name != nullptr && name->value != nullptr && name->value->strings.size() == 1) return name->value->strings[0];
  return operation.outputs.empty() ? std::string_view() : std::string_view(operation.outputs[0].name);
}

}  // namespace goldilocks::ml_program
