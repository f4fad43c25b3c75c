#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/quantization/calibration/matrix.hpp"

namespace goldilocks::quantization {

// Above so many inputs their moments are kept in diagonal blocks.
inline constexpr std::size_t largest_whole_moments = 4096;
inline constexpr std::size_t moment_block_size = 2048;

// The moments of some inputs that follow one another.
struct MomentBlock {
  std::size_t begin = 0;
  Matrix second;  // H = E[x x'] of the inputs x that the compressed network gives
  Matrix drift;   // E[(y - x) x'] of the full-precision network's inputs y in the same places
};

// What the rows of one weight matrix meet: all of its inputs, cut into blocks.
struct Moments {
  std::uint64_t samples = 0;  // columns that were summed up
  std::vector<MomentBlock> blocks;
};

// What a weight tensor meets: its rows are cut into as many equal groups as there are entries.
struct LayerMoments {
  std::size_t inputs = 0;  // of each group
  std::vector<Moments> groups;
};

// Sums moments up as samples come. Products are float32 over runs of at most 256 columns, sums of these float64; the
// order is that of the samples, so the result is the same for any number of threads.
class MomentSums {
 public:
  MomentSums(std::size_t inputs, std::size_t groups);

  // `compressed` and `full`: [columns, inputs] for each group, one group behind the other: what the weights meet in the
  // compressed and in the full-precision network.
  void add(std::span<const float> compressed, std::span<const float> full, std::size_t columns, ThreadPool& pool);
  // The means. Once. Throws std::invalid_argument where none was added.
  LayerMoments take();

 private:
  LayerMoments sums_;
};

}  // namespace goldilocks::quantization
