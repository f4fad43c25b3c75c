#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace goldilocks::prune {

// Which weights to keep: 1 for those, 0 for the others. Weights that are 0 already may be kept: it makes no difference.
using Mask = std::vector<std::uint8_t>;

// A tensor's values as [channels_0, channels_1, positions]: the first two dimensions, and all others as one.
struct Matrix {
  std::span<const float> values;
  std::size_t rows = 1;
  std::size_t columns = 1;
  std::size_t positions = 1;
  bool in_half = false;  // the values' type: what numbers are rounded to

  std::size_t index(std::size_t row, std::size_t column, std::size_t position) const {
    return (row * columns + column) * positions + position;
  }
};

// Of `share` of the weights, those of the least magnitude go: all up to the percentile, so ties at it go too. It is
// interpolated between two magnitudes, and rounded to the values' type.
Mask keep_largest(const Matrix& matrix, double share);

// The same for blocks of `size` channels along `axis` (0 or 1) that follow one another, by the root of the sum of their
// squares at each other coordinate. The last block may be shorter.
Mask keep_largest_blocks(const Matrix& matrix, double share, std::size_t size, std::size_t axis);

// Of every m weights that follow one another along `axis`, the n of the least magnitude go; of equal ones the first. A
// shorter rest is taken to go on with zeros.
Mask keep_all_but_n_of_m(const Matrix& matrix, std::size_t n, std::size_t m, std::size_t axis);

}  // namespace goldilocks::prune
