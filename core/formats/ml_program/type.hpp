#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/formats/ml_program/element_type.hpp"

namespace goldilocks::ml_program {

// The length of a dimension that is known only when the program runs.
inline constexpr std::int64_t unknown = -1;

// Lengths of dimensions, outermost first; `unknown` where the file says so.
using Shape = std::vector<std::int64_t>;

// The type of a value: a tensor, or what is made of tensors.
struct Type {
  enum class Kind : std::uint8_t {
    none,  // it could not be read; the reader has said so
    tensor,
    list,
    tuple,
    dictionary,
    state,
  };

  Kind kind = Kind::none;
  ElementType element = ElementType::float32;  // of a tensor
  bool ranked = true;                          // a tensor with a known number of dimensions
  Shape shape;                                 // of a ranked tensor
  std::int64_t length = unknown;               // of a list
  std::vector<Type> parts;  // list: its elements' type; tuple: all; dictionary: keys, values; state: what it holds

  bool operator==(const Type&) const = default;
  bool is_tensor() const { return kind == Kind::tensor; }
  bool is_scalar() const { return is_tensor() && ranked && shape.empty(); }
};

Type tensor(ElementType element, Shape shape = {});
Type unranked_tensor(ElementType element);
Type list_of(Type element, std::int64_t length = unknown);
Type state_of(Type wrapped);
Type dictionary_of(Type key, Type value);

// "fp32[2, ?, 3]", "int32" for a scalar, "fp16[...]" without a known rank, "list<fp32[2]>", "state<fp16[2]>".
std::string text(const Type& type);
std::string text(const Shape& shape);  // "[2, ?, 3]"

// The product of the dimensions, or nothing where one is unknown.
std::optional<std::int64_t> element_count(const Shape& shape);

// False where the known dimensions' product, times the element's width, is beyond 2^63 bits: no machine holds that,
// and every count below fits std::int64_t.
bool has_sane_size(const Type& type);

// The bytes that this many elements take when they are packed. The count must be sane (see above).
std::uint64_t packed_bytes(ElementType element, std::int64_t count);

// Whether a value of one type may stand where the other is declared: equal, but that an unknown dimension, rank or
// length on either side fits every other.
bool are_compatible(const Type& a, const Type& b);

}  // namespace goldilocks::ml_program
