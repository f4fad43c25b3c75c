#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/weights/stored.hpp"

namespace goldilocks::weights {

// The blocks of a tensor that is cut by a grid, in the order in which its values are stored: runs of values that lie in
// one block. Dimensions of the grid divide those of the shape.
class Blocks {
 public:
  Blocks(std::span<const std::int64_t> shape, const Grid& grid);

  // Calls body(begin, end, block) for each run that overlaps the values from `first` on, in order; begin and end count
  // from `first`, blocks are numbered row by row.
  template <class Body>
  void for_each_run(std::size_t first, std::size_t count, const Body& body) const {
    for (std::size_t at = 0; at < count;) {
      const std::size_t run = (first + at) / run_length_;
      const std::size_t end = std::min(count, (run + 1) * run_length_ - first);
      body(at, end, block_of(run));
      at = end;
    }
  }

  std::size_t count() const { return count_; }

 private:
  // An axis from which on a run's number tells the block: how many runs it has, how many of them a block takes, and how
  // far apart blocks are.
  struct Axis {
    std::size_t runs, in_block, stride;
  };

  std::size_t block_of(std::size_t run) const {
    std::size_t block = 0;
    for (const Axis& axis : axes_) {  // from the last on
      block += run % axis.runs / axis.in_block * axis.stride;
      run /= axis.runs;
    }
    return block;
  }

  std::size_t run_length_ = 1;
  std::size_t count_ = 1;
  std::vector<Axis> axes_;
};

}  // namespace goldilocks::weights
