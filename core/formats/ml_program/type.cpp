#include "core/formats/ml_program/type.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace goldilocks::ml_program {
namespace {

bool dims_fit(std::int64_t a, std::int64_t b) { return a == b || a == unknown || b == unknown; }

}  // namespace

Type tensor(ElementType element, Shape shape) {
  Type type;
  type.kind = Type::Kind::tensor;
  type.element = element;
  type.shape = std::move(shape);
  return type;
}

Type unranked_tensor(ElementType element) {
  Type type = tensor(element);
  type.ranked = false;
  return type;
}

Type list_of(Type element, std::int64_t length) {
  Type type;
  type.kind = Type::Kind::list;
  type.length = length;
  type.parts.push_back(std::move(element));
  return type;
}

Type state_of(Type wrapped) {
  Type type;
  type.kind = Type::Kind::state;
  type.parts.push_back(std::move(wrapped));
  return type;
}

Type dictionary_of(Type key, Type value) {
  Type type;
  type.kind = Type::Kind::dictionary;
  type.parts.push_back(std::move(key));
  type.parts.push_back(std::move(value));
  return type;
}

std::string text(const Shape& shape) {
  std::string inside;
  for (const std::int64_t dim : shape) {
    if (!inside.empty()) inside += ", ";
    inside += dim == unknown ? "?" : std::to_string(dim);
  }
  return "[" + inside + "]";
}

std::string text(const Type& type) {
  std::string inside;
  for (const Type& part : type.parts) {
    if (!inside.empty()) inside += ", ";
    inside += text(part);
  }
  switch (type.kind) {
    case Type::Kind::tensor:
      if (!type.ranked) return fmt::format("{}[...]", name(type.element));
      return type.shape.empty() ? std::string(name(type.element))
                                : fmt::format("{}{}", name(type.element), text(type.shape));
    case Type::Kind::list:
      return type.length == unknown ? fmt::format("list<{}>", inside)
                                    : fmt::format("list<{}, {}>", inside, type.length);
    case Type::Kind::tuple:
      return fmt::format("tuple<{}>", inside);
    case Type::Kind::dictionary:
      return fmt::format("dictionary<{}>", inside);
    case Type::Kind::state:
      return fmt::format("state<{}>", inside);
    case Type::Kind::none:
      break;
  }
  return "no type";
}

std::optional<std::int64_t> element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) {
    if (dim == unknown) return std::nullopt;
    count *= dim;
  }
  return count;
}

bool has_sane_size(const Type& type) {
  if (!type.is_tensor()) return std::ranges::all_of(type.parts, has_sane_size);
  std::uint64_t room = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 64;
  for (const std::int64_t dim : type.shape) {
    // A dimension of 0 doesn't make the others harmless: their product alone is computed here and there.
    if (dim > 1) room /= static_cast<std::uint64_t>(dim);
    if (room == 0) return false;
  }
  return true;
}

std::uint64_t packed_bytes(ElementType element, std::int64_t count) {
  return (static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(bits(element)) + 7) / 8;
}

bool are_compatible(const Type& a, const Type& b) {
  if (a.kind != b.kind) return false;
  if (a.is_tensor()) {
    if (a.element != b.element) return false;
    return !a.ranked || !b.ranked || std::ranges::equal(a.shape, b.shape, dims_fit);
  }
  if (!dims_fit(a.length, b.length)) return false;
  return std::ranges::equal(a.parts, b.parts, are_compatible);
}

}  // namespace goldilocks::ml_program
