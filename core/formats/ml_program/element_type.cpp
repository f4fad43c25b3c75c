#include "core/formats/ml_program/element_type.hpp"

#include <array>
#include <cstddef>

namespace goldilocks::ml_program {
namespace {

struct Facts {
  std::string_view name;
  int bits;
  int data_type;
  std::uint32_t blob_code;
};

// One row for each type, in the order of the enumeration.
constexpr std::array<Facts, 22> facts = {{
    {"bool", 8, 1, 0},      {"str", 0, 2, 0},      {"fp16", 16, 10, 1},      {"fp32", 32, 11, 2},
    {"fp64", 64, 12, 0},    {"bf16", 16, 13, 5},   {"fp8e4m3fn", 8, 40, 16}, {"fp8e5m2", 8, 41, 17},
    {"int4", 4, 25, 8},     {"int8", 8, 21, 4},    {"int16", 16, 22, 6},     {"int32", 32, 23, 14},
    {"int64", 64, 24, 0},   {"uint1", 1, 37, 9},   {"uint2", 2, 36, 10},     {"uint3", 3, 39, 12},
    {"uint4", 4, 35, 11},   {"uint6", 6, 38, 13},  {"uint8", 8, 31, 3},      {"uint16", 16, 32, 7},
    {"uint32", 32, 33, 15}, {"uint64", 64, 34, 0},
}};

const Facts& facts_of(ElementType type) { return facts[static_cast<std::size_t>(type)]; }

template <class Matches>
std::optional<ElementType> find(const Matches& matches) {
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (matches(facts[i])) return static_cast<ElementType>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(ElementType type) { return facts_of(type).name; }

std::optional<ElementType> element_type_named(std::string_view name) {
  return find([&](const Facts& row) { return row.name == name; });
}

int bits(ElementType type) { return facts_of(type).bits; }

bool is_float(ElementType type) { return type >= ElementType::float16 && type <= ElementType::float8_e5m2; }

bool is_signed_integer(ElementType type) { return type >= ElementType::int4 && type <= ElementType::int64; }

bool is_unsigned_integer(ElementType type) { return type >= ElementType::uint1; }

std::optional<ElementType> element_type_of(int data_type) {
  return find([&](const Facts& row) { return row.data_type == data_type; });
}

int data_type_of(ElementType type) { return facts_of(type).data_type; }

std::uint32_t blob_code(ElementType type) { return facts_of(type).blob_code; }

}  // namespace goldilocks::ml_program
