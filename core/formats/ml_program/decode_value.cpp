// Constants. Each data type has one field of the message that its elements lie in: numbers of 8, 16 or fewer bits that
// protobuf has no type for lie in `bytes`, but int16 and uint16 in `ints`.
#include <limits>

#include <google/protobuf/repeated_field.h>

#include "core/base/error.hpp"
#include "core/formats/ml_program/decode.hpp"

namespace goldilocks::ml_program {
namespace {

namespace mil = spec::MILSpec;
using Tensor = mil::TensorValue;

constexpr std::string_view value_rule = "program.value";

Tensor::ValueCase field_of(ElementType type) {
  switch (type) {
    case ElementType::boolean:
      return Tensor::kBools;
    case ElementType::string:
      return Tensor::kStrings;
    case ElementType::float32:
      return Tensor::kFloats;
    case ElementType::float64:
      return Tensor::kDoubles;
    case ElementType::int16:
    case ElementType::uint16:
    case ElementType::int32:
      return Tensor::kInts;
    case ElementType::int64:
    case ElementType::uint64:
      return Tensor::kLongInts;
    default:
      return Tensor::kBytes;
  }
}

const char* field_name(Tensor::ValueCase field) {
  switch (field) {
    case Tensor::kFloats:
      return "floats";
    case Tensor::kInts:
      return "ints";
    case Tensor::kBools:
      return "bools";
    case Tensor::kStrings:
      return "strings";
    case Tensor::kLongInts:
      return "longInts";
    case Tensor::kDoubles:
      return "doubles";
    case Tensor::kBytes:
      return "bytes";
    case Tensor::VALUE_NOT_SET:
      break;
  }
  return "no field";
}

template <class T>
std::span<const std::byte> bytes_of(const google::protobuf::RepeatedField<T>& values) {
  return std::as_bytes(std::span(values.data(), static_cast<std::size_t>(values.size())));
}

std::span<const std::byte> elements(const Tensor& message) {
  switch (message.value_case()) {
    case Tensor::kFloats:
      return bytes_of(message.floats().values());
    case Tensor::kInts:
      return bytes_of(message.ints().values());
    case Tensor::kBools:
      return bytes_of(message.bools().values());
    case Tensor::kLongInts:
      return bytes_of(message.longints().values());
    case Tensor::kDoubles:
      return bytes_of(message.doubles().values());
    case Tensor::kBytes:
      return std::as_bytes(std::span(message.bytes().values()));
    default:
      return {};
  }
}

bool check_widened(const Value& value, const Report& report) {
  const bool is_signed = value.type.element == ElementType::int16;
  const std::int64_t low = is_signed ? std::numeric_limits<std::int16_t>::min() : 0;
  const std::int64_t high =
      is_signed ? std::numeric_limits<std::int16_t>::max() : std::numeric_limits<std::uint16_t>::max();
  for (std::size_t i = 0; i < element_count(value); ++i) {
    const std::int64_t number = integer_at(value, i);
    if (number >= low && number <= high) continue;
    report.add(value_rule, "{} is no {}", number, name(value.type.element));
    return false;
  }
  return true;
}

bool check_unused_bits(const Value& value, const Report& report) {
  const unsigned used =
      static_cast<unsigned>(element_count(value)) * static_cast<unsigned>(bits(value.type.element)) % 8;
  return used == 0 || report.require(static_cast<unsigned>(value.bytes.back()) >> used == 0, value_rule,
                                     "bits beyond the last element are not 0");
}

bool decode_tensor(const Tensor& message, Value& value, const Report& report) {
  const ElementType element = value.type.element;
  const Tensor::ValueCase field = field_of(element);
  if (!report.require(message.value_case() == field, value_rule, "{} lies in {}, not in {}", text(value.type),
                      field_name(field), field_name(message.value_case()))) {
    return false;
  }
  const std::int64_t count = element_count(value.type.shape).value();
  if (field == Tensor::kStrings) {
    const auto& strings = message.strings().values();
    value.strings.assign(strings.begin(), strings.end());
    return report.require(strings.size() == count, value_rule, "{} strings for {}", strings.size(), text(value.type));
  }
  value.bytes = elements(message);
  value.widened = field == Tensor::kInts && element != ElementType::int32;
  const std::uint64_t needed = value.widened ? static_cast<std::uint64_t>(count) * 4 : packed_bytes(element, count);
  if (!report.require(value.bytes.size() == needed, value_rule, "{} bytes of elements; {} takes {}", value.bytes.size(),
                      text(value.type), needed)) {
    return false;
  }
  if (value.widened) return check_widened(value, report);
  return bits(element) >= 8 || check_unused_bits(value, report);
}

template <class Messages>
bool decode_items(const Messages& messages, Value& value, WeightFiles& files, Report& report) {
  for (const mil::Value& message : messages) {
    const auto item = decode_value(message, files, report);
    if (item == nullptr) return false;
    value.items.push_back(*item);
  }
  return true;
}

bool check_list(const Value& value, const Report& report) {
  const auto count = static_cast<std::int64_t>(value.items.size());
  const Type& type = value.type;
  if (!report.require(type.length == unknown || type.length == count, value_rule, "{} values for {}", count,
                      text(type))) {
    return false;
  }
  for (const Value& item : value.items) {
    if (!report.require(are_compatible(item.type, type.parts[0]), value_rule, "{} in a value of type {}",
                        text(item.type), text(type))) {
      return false;
    }
  }
  return true;
}

bool check_tuple(const Value& value, const Report& report) {
  bool fits = value.items.size() == value.type.parts.size();
  for (std::size_t i = 0; fits && i < value.items.size(); ++i) {
    fits = are_compatible(value.items[i].type, value.type.parts[i]);
  }
  return report.require(fits, value_rule, "the values of a tuple don't fit its type {}", text(value.type));
}

bool check_dictionary(const Value& value, const Report& report) {
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (!report.require(are_compatible(value.items[i].type, value.type.parts[i % 2]), value_rule,
                        "{} in a value of type {}", text(value.items[i].type), text(value.type))) {
      return false;
    }
  }
  return true;
}

bool decode_immediate(const mil::Value::ImmediateValue& message, Value& value, WeightFiles& files, Report& report) {
  using Immediate = mil::Value::ImmediateValue;
  const auto is = [&](Type::Kind kind) {
    return report.require(value.type.kind == kind, value_rule, "the value is of another kind than its type {}",
                          text(value.type));
  };
  switch (message.value_case()) {
    case Immediate::kTensor:
      return is(Type::Kind::tensor) && decode_tensor(message.tensor(), value, report);
    case Immediate::kList:
      return is(Type::Kind::list) && decode_items(message.list().values(), value, files, report) &&
             check_list(value, report);
    case Immediate::kTuple:
      return is(Type::Kind::tuple) && decode_items(message.tuple().values(), value, files, report) &&
             check_tuple(value, report);
    case Immediate::kDictionary:
      if (!is(Type::Kind::dictionary)) return false;
      for (const auto& pair : message.dictionary().values()) {
        for (const mil::Value* part : {&pair.key(), &pair.value()}) {
          const auto item = decode_value(*part, files, report);
          if (item == nullptr) return false;
          value.items.push_back(*item);
        }
      }
      return check_dictionary(value, report);
    case Immediate::VALUE_NOT_SET:
      break;
  }
  report.add(value_rule, "an immediate value is not set");
  return false;
}

bool decode_blob(const mil::Value::BlobFileValue& message, Value& value, WeightFiles& files, const Report& report) {
  if (!report.require(value.type.is_tensor(), value_rule, "{} can't lie in a weight file", text(value.type)))
    return false;
  try {
    const std::size_t index = files.open(message.filename());
    value.bytes = files[index].blob(message.offset(), value.type);
    value.blob = BlobReference{.file = message.filename(), .index = index, .offset = message.offset()};
    return true;
  } catch (const Error& error) {
    report.add("program.blob", "{}", error.what());
    return false;
  }
}

}  // namespace

std::shared_ptr<const Value> decode_value(const mil::Value& message, WeightFiles& files, Report& report) {
  auto value = std::make_shared<Value>();
  value->type = decode_type(message.type(), report);
  if (value->type.kind == Type::Kind::none) return nullptr;
  const Type& type = value->type;
  const bool fixed = !type.is_tensor() || (type.ranked && element_count(type.shape).has_value());
  if (!report.require(fixed, value_rule, "the dimensions of a constant must be known, not {}", text(type)))
    return nullptr;
  switch (message.value_case()) {
    case mil::Value::kImmediateValue:
      return decode_immediate(message.immediatevalue(), *value, files, report) ? value : nullptr;
    case mil::Value::kBlobFileValue:
      return decode_blob(message.blobfilevalue(), *value, files, report) ? value : nullptr;
    case mil::Value::VALUE_NOT_SET:
      break;
  }
  report.add(value_rule, "a constant has a type and no value");
  return nullptr;
}

}  // namespace goldilocks::ml_program
