#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/weights/bit_packing.hpp"
#include "core/weights/encoding.hpp"

namespace goldilocks::weights {

// Numbers as a file or a function's buffer has them; those of fewer than 8 bits follow one another without a gap.
struct Array {
  NumberType type = float32;
  std::size_t count = 0;
  std::span<const std::byte> bytes{};  // floats little-endian
  BitOrder order = BitOrder::lowest_first;

  bool empty() const { return count == 0; }
};

// What makes values of codes, block by block: (code - offset) * scale, or code * scale + bias.
struct Scaling {
  Grid grid{};  // of what is scaled; empty: one block
  Array scale{};
  // As many as scales, or none: 0. Only one of the two.
  Array offset{};
  Array bias{};
  // Each step is rounded to the type of the scale; with this one everything is computed in float32 and rounded once.
  // With a bias everything is computed in float64 and rounded to float32 once, as neural networks have it.
  bool rounds_once = false;

  bool empty() const { return scale.empty(); }
};

// The content of one weight tensor in whatever encoding. A copy copies views, never content.
struct Stored {
  Encoding encoding{};
  std::vector<std::int64_t> shape{};  // of the tensor; row-major
  Array mask{};  // of a sparse kind: one bit for each code; for each value where there are no codes
  // Floats, or codes. Where there is a mask: those that it keeps, as files have it, or all, of which it keeps some.
  // Codes may lie in 8 bits each, whatever their width.
  Array values{};
  // Entries: for each block of `table_grid` 2^bits vectors (of one value, but for vector tables), one after the other.
  Array table{};
  Grid table_grid{};          // of the codes
  std::size_t vector_axis{};  // the axis along which a vector's values follow one another
  Scaling table_scaling{};    // of entries, block by block of the table's grid, if they are not the values themselves
  Scaling scaling{};          // of codes, or of what the table gives
  std::shared_ptr<const void> owner{};  // keeps all of the bytes

  std::size_t count() const;    // of values, by the shape, which must be possible
  std::uint64_t bytes() const;  // of all arrays
};

// The product of the dimensions; nothing if one is negative or the product overflows.
std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape);

}  // namespace goldilocks::weights
