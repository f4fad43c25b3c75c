#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::weights {

// How a tensor is stored, in the numbers of the SDK's GLK_FORM_.... Those from sparse_float32 on have a mask: where it
// is 0, the value is 0.
enum class Kind : std::uint8_t {
  none = 0,  // nothing is stored; as a function's result: the tensor stays as it is
  table = 1,
  linear = 2,  // codes, scales and float biases
  int8 = 3,    // int8 with one scale
  float16 = 4,
  float32 = 5,
  zero_point = 6,    // codes, scales and integer zero points
  group_table = 7,   // several tables
  vector_table = 8,  // one or several tables of vectors
  sparse_float32 = 9,
  sparse_table = 10,
  sparse_linear = 11,
  sparse_zero_point = 12,
};

// The number of kinds; a bit for each fits a set.
inline constexpr int kinds = 13;

bool is_sparse(Kind kind);
bool is_table(Kind kind);   // of any sort
bool is_scaled(Kind kind);  // linear, int8 and zero_point, sparse or not
bool is_coded(Kind kind);   // either of these
// The kind with a mask, if there is one: sparse_table of group_table.
std::optional<Kind> sparse(Kind kind);

// The type of single numbers as a file holds them.
struct NumberType {
  enum class Class : std::uint8_t { floating, signed_integer, unsigned_integer };
  Class kind = Class::floating;
  int bits = 32;  // 16 or 32 of a float, 1 to 8 of an integer
  bool operator==(const NumberType&) const = default;

  bool is_float() const { return kind == Class::floating; }
};
inline constexpr NumberType float32{NumberType::Class::floating, 32};
inline constexpr NumberType float16{NumberType::Class::floating, 16};
inline constexpr NumberType int8{NumberType::Class::signed_integer, 8};
inline constexpr NumberType uint8{NumberType::Class::unsigned_integer, 8};
inline constexpr NumberType signed_code(int bits) { return {NumberType::Class::signed_integer, bits}; }
inline constexpr NumberType code(int bits) { return {NumberType::Class::unsigned_integer, bits}; }

// "float32", "int8", "uint4", ...
std::string to_text(NumberType type);

// How many weights have a table or a scale in common.
struct Granularity {
  enum class Kind : std::uint8_t {
    tensor,
    channel,  // each position of the output axis; of a table: groups of 1
    group,    // runs of `size` positions of the output axis
    block,    // runs of `size` positions of the input axis, for each position of the output axis
    blocks,   // `sizes`: a block's length along each axis; 0: the whole axis
  };
  Kind kind = Kind::tensor;
  std::int64_t size = 0;
  std::vector<std::int64_t> sizes{};
  bool operator==(const Granularity&) const = default;
};

// "tensor", "channel", "group:16", "block:32", "block:0,32".
std::string to_text(const Granularity& granularity);
// The inverse; nothing for a text that is none. Sizes are at least 1, in a list at least 0.
std::optional<Granularity> granularity_from_text(std::string_view text);

// The axes that granularities are about; -1: there is none, and the tensor is one channel.
struct Axes {
  std::int64_t output = -1;  // whose positions may have a scale each
  std::int64_t input = -1;
  bool operator==(const Axes&) const = default;
};

// A grid: the number of blocks along each dimension of a tensor. Empty: one block.
using Grid = std::vector<std::int64_t>;

// The grid that a granularity makes of a tensor; its text says why there is none: a size doesn't divide its dimension,
// an axis is missing, or a list has another length than the shape.
struct GridOrReason {
  Grid grid;
  std::string reason;  // "" where there is a grid
};
GridOrReason grid_of(const Granularity& granularity, std::span<const std::int64_t> shape, Axes axes);
// The granularity of a grid, in the shortest way to say it.
Granularity granularity_of(const Grid& grid, std::span<const std::int64_t> shape, Axes axes);

// How a tensor is stored, without its content: what a function may be asked for, and a format may accept.
struct Encoding {
  Kind kind = Kind::none;
  // Of a code: 1 to 8; of a float: 16 or 32. Of Kind::none 0: nothing is stored; otherwise something is, and nobody
  // knows how: codes of so many bits, or -1.
  int bits = 0;
  Granularity granularity{};       // of tables or scales
  NumberType entry = float32;      // of a table's entries, otherwise of scales, or of a sparse tensor's values
  bool is_signed = false;          // zero_point: codes and zero points are
  int vector = 1;                  // the length of a table's vectors
  bool has_channel_scale = false;  // what a table gives is scaled
  bool operator==(const Encoding&) const = default;
};

// The one place that has an encoding's words: "float32", "4 bit table", "8 bit linear", "int8", "empty"; "4 bit table,
// group:16", "6 bit table, vectors of 2", "uint4 linear, block:32", "sparse 4 bit table". Of scales only the
// granularities beyond tensor and channel are said.
std::string to_text(const Encoding& encoding);

}  // namespace goldilocks::weights
