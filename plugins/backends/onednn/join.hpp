#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include <goldilocks/graph/graph.hpp>

#include "layout.hpp"
#include "plan.hpp"
#include "usage.hpp"

namespace goldilocks::onednn {

// One concatenation whose parts can be computed in place, because each is contiguous in the whole: along the first
// dimension that is not 1.
//
//      whole, batch 1, nChw16c:   | part a: 64 channels | part b: 64 channels | c: 10, filled up to 16 |
//                                 ^ offset 0            ^ 64 * h * w          ^ 128 * h * w
struct Join {
  std::size_t operation = 0;
  std::uint32_t output = 0;
  bool channels = false;              // along C; along another dimension, only plain parts are contiguous
  std::int64_t inner = 1;             // values in one step along the joined dimension
  std::vector<std::int64_t> offsets;  // of each part along the joined dimension
  std::optional<Layout> layout;       // decided by the first part that is computed
  SlotId slot = 0;                    // of the whole, once the layout is decided

  // Whether each part is contiguous in this layout and begins with a full block.
  bool fits(Layout layout) const;
  // In bytes.
  std::size_t offset_of(std::size_t part) const;
};

// All such concatenations of a graph, and the part that each value is to be.
class Joins {
 public:
  struct Home {
    std::size_t join;  // by index
    std::size_t part;
  };

  Joins(const graph::GraphView& graph, const Usage& usage, std::span<const graph::Dims> dims);

  // The join that an operation computes; null where the operation is not one.
  Join* of_operation(std::size_t operation);
  // Where the value is to be computed; null where it has no such place.
  const Home* home(std::uint32_t value) const;
  Join& join(std::size_t index) { return joins_[index]; }

 private:
  std::vector<Join> joins_;
  std::unordered_map<std::uint32_t, Home> homes_;  // by value
};

}  // namespace goldilocks::onednn
