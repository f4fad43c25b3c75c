#include <limits>

#include "core/formats/ml_program/decode.hpp"

namespace goldilocks::ml_program {
namespace {

namespace mil = spec::MILSpec;

constexpr std::string_view type_rule = "program.type";

// A constant dimension's length; one that doesn't fit counts as too large, which the caller reports.
std::int64_t length_of(const mil::Dimension& dimension) {
  if (!dimension.has_constant()) return unknown;
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(dimension.constant().size(), largest));
}

Type decode_tensor(const mil::TensorType& message, const Report& report) {
  const auto element = element_type_of(message.datatype());
  if (!report.require(element.has_value(), type_rule, "the data type {} is not known",
                      static_cast<int>(message.datatype()))) {
    return {};
  }
  Type type = tensor(*element);
  type.ranked = message.rank() != -1;
  for (const mil::Dimension& dimension : message.dimensions()) {
    if (!report.require(dimension.dimension_case() != mil::Dimension::DIMENSION_NOT_SET, type_rule,
                        "a dimension is neither constant nor unknown")) {
      return {};
    }
    if (dimension.unknown().variadic()) type.ranked = false;
    type.shape.push_back(length_of(dimension));
  }
  if (!type.ranked) {
    type.shape.clear();
    return type;
  }
  if (!report.require(message.rank() == message.dimensions_size(), type_rule, "rank {} with {} dimensions",
                      message.rank(), message.dimensions_size())) {
    return {};
  }
  if (!report.require(has_sane_size(type), type_rule, "{} is larger than any memory", text(type))) return {};
  return type;
}

// A type of one part; of no kind where the part could not be read.
Type with_part(Type::Kind kind, Type part) {
  if (part.kind == Type::Kind::none) return {};
  Type type;
  type.kind = kind;
  type.parts.push_back(std::move(part));
  return type;
}

}  // namespace

Type decode_type(const mil::ValueType& message, const Report& report) {
  switch (message.type_case()) {
    case mil::ValueType::kTensorType:
      return decode_tensor(message.tensortype(), report);
    case mil::ValueType::kListType: {
      Type type = with_part(Type::Kind::list, decode_type(message.listtype().type(), report));
      type.length = length_of(message.listtype().length());
      return type;
    }
    case mil::ValueType::kTupleType: {
      Type type;
      type.kind = Type::Kind::tuple;
      for (const mil::ValueType& part : message.tupletype().types()) {
        type.parts.push_back(decode_type(part, report));
        if (type.parts.back().kind == Type::Kind::none) return {};
      }
      return type;
    }
    case mil::ValueType::kDictionaryType: {
      Type type = with_part(Type::Kind::dictionary, decode_type(message.dictionarytype().keytype(), report));
      Type value = decode_type(message.dictionarytype().valuetype(), report);
      if (type.kind == Type::Kind::none || value.kind == Type::Kind::none) return {};
      type.parts.push_back(std::move(value));
      return type;
    }
    case mil::ValueType::kStateType: {
      Type type = with_part(Type::Kind::state, decode_type(message.statetype().wrappedtype(), report));
      const bool fits = type.kind == Type::Kind::none || type.parts[0].is_tensor();
      return report.require(fits, type_rule, "a state holds a tensor, not {}", fits ? "" : text(type.parts[0]))
                 ? type
                 : Type{};
    }
    case mil::ValueType::TYPE_NOT_SET:
      break;
  }
  report.add(type_rule, "a type is not set");
  return {};
}

}  // namespace goldilocks::ml_program
