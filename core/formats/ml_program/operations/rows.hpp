#pragma once

#include "core/formats/ml_program/operations/table.hpp"

// The words that the rows are written in.
namespace goldilocks::ml_program {

inline constexpr TypeSet fp16 = only(ElementType::float16);
inline constexpr TypeSet fp32 = only(ElementType::float32);
inline constexpr TypeSet i8 = only(ElementType::int8);
inline constexpr TypeSet i16 = only(ElementType::int16);
inline constexpr TypeSet i32 = only(ElementType::int32);
inline constexpr TypeSet u8 = only(ElementType::uint8);
inline constexpr TypeSet u16 = only(ElementType::uint16);
inline constexpr TypeSet u32 = only(ElementType::uint32);
inline constexpr TypeSet i4 = only(ElementType::int4);
inline constexpr TypeSet u4 = only(ElementType::uint4);
inline constexpr TypeSet u1 = only(ElementType::uint1);
inline constexpr TypeSet boolean = only(ElementType::boolean);
inline constexpr TypeSet str = only(ElementType::string);
inline constexpr TypeSet floats = fp16 | fp32;
inline constexpr TypeSet numbers = floats | i32;
inline constexpr TypeSet numbers_and_bool = numbers | boolean;
inline constexpr TypeSet short_integers = i8 | i16 | u8 | u16;
inline constexpr TypeSet any_tensor = ~TypeSet{0};

// A type for a parameter: a letter of the row's domains, or the types themselves.
struct What {
  constexpr What(char domain) : letter(domain) {}      // NOLINT(google-explicit-constructor)
  constexpr What(TypeSet allowed) : types(allowed) {}  // NOLINT(google-explicit-constructor)
  char letter = 0;
  TypeSet types = 0;
};

// A parameter that may be computed when the program runs.
constexpr Parameter in(std::string_view name, What what) {
  return {.name = name, .types = what.types, .letter = what.letter};
}
constexpr Parameter in(std::string_view name, What what, Default fallback) {
  return {.name = name, .types = what.types, .letter = what.letter, .required = false, .fallback = fallback};
}

// A parameter that is known when the program is compiled.
constexpr Parameter constant(std::string_view name, What what) {
  return {.name = name, .types = what.types, .letter = what.letter, .constant = true};
}
constexpr Parameter constant(std::string_view name, What what, Default fallback) {
  return {.name = name,
          .types = what.types,
          .letter = what.letter,
          .constant = true,
          .required = false,
          .fallback = fallback};
}

// A list of bindings to tensors.
constexpr Parameter each(std::string_view name, What what) {
  return {.name = name, .kind = Parameter::Kind::tensors, .types = what.types, .letter = what.letter};
}

// Parameters of other kinds.
constexpr Parameter other(std::string_view name, Parameter::Kind kind) { return {.name = name, .kind = kind}; }

inline constexpr Unused none{};
inline constexpr Default all_1 = Derived{"all 1"};
inline constexpr Default all_0 = Derived{"all 0"};

// Whole numbers and words as defaults, which the variant would otherwise take for a bool.
constexpr Default number(std::int64_t value) { return value; }
constexpr Default real(double value) { return value; }
constexpr Default word(std::string_view value) { return value; }
inline constexpr Default no = false;
inline constexpr Default yes = true;

}  // namespace goldilocks::ml_program
