// The last axis that is cut decides how long a run is: what lies behind it belongs to one block, and so do as many of
// its positions as a block has. In front of it, each position begins another run.
#include "core/weights/blocks.hpp"

namespace goldilocks::weights {

Blocks::Blocks(std::span<const std::int64_t> shape, const Grid& grid) {
  std::size_t last = grid.size();  // one behind the last axis that is cut
  while (last > 0 && grid[last - 1] == 1) --last;
  for (std::size_t axis = last; axis < shape.size(); ++axis) run_length_ *= static_cast<std::size_t>(shape[axis]);
  for (std::size_t axis = last; axis-- > 0;) {
    const auto blocks = static_cast<std::size_t>(grid[axis]);
    const auto length = static_cast<std::size_t>(shape[axis]);
    if (blocks == 0) continue;
    if (axis + 1 == last) {
      run_length_ *= length / blocks;
      axes_.push_back({.runs = blocks, .in_block = 1, .stride = count_});
    } else {
      axes_.push_back({.runs = length, .in_block = length / blocks, .stride = count_});
    }
    count_ *= blocks;
  }
  run_length_ = std::max<std::size_t>(run_length_, 1);
}

}  // namespace goldilocks::weights
