#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace goldilocks::ml_program {

// The types of single values in a program, in the order of their names below.
enum class ElementType : std::uint8_t {
  boolean,
  string,
  float16,
  float32,
  float64,
  bfloat16,
  float8_e4m3fn,
  float8_e5m2,
  int4,
  int8,
  int16,
  int32,
  int64,
  uint1,
  uint2,
  uint3,
  uint4,
  uint6,
  uint8,
  uint16,
  uint32,
  uint64,
};

// "fp16", "int32", "bool", ...: the language's own word, as the parameter `dtype` of cast has it; "str" for strings.
std::string_view name(ElementType type);

// The type of that name, if there is one.
std::optional<ElementType> element_type_named(std::string_view name);

// The width of an element in packed bytes: 1 to 64; a bool takes 8, a string 0.
int bits(ElementType type);

bool is_float(ElementType type);
bool is_signed_integer(ElementType type);
bool is_unsigned_integer(ElementType type);

// The numbers of the types in the file's messages (MILSpec.DataType), both ways.
std::optional<ElementType> element_type_of(int data_type);
int data_type_of(ElementType type);

// The number of the type in the metadata of weight.bin; 0 where the type can't lie there.
std::uint32_t blob_code(ElementType type);

// A set of types.
using TypeSet = std::uint32_t;

constexpr TypeSet only(ElementType type) { return TypeSet{1} << static_cast<unsigned>(type); }
constexpr TypeSet any_of(std::initializer_list<ElementType> types) {
  TypeSet set = 0;
  for (const ElementType type : types) set |= only(type);
  return set;
}
constexpr bool contains(TypeSet set, ElementType type) { return (set & only(type)) != 0; }

}  // namespace goldilocks::ml_program
