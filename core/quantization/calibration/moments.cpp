// A tile of products is 6 x 16: six inputs against sixteen that follow one another, summed over a run of columns in
// float32 and then added to the float64 sums. H is symmetric, so its lower half is copied at the end.
#include "core/quantization/calibration/moments.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <goldilocks/vectorize.hpp>

namespace goldilocks::quantization {
namespace {

constexpr std::size_t tile_rows = 6;
constexpr std::size_t tile_columns = 16;
constexpr std::size_t run_length = 256;

using Lane = float __attribute__((vector_size(tile_columns * sizeof(float))));

// Sums over `count` columns of left[c][0..6) * right[c][0..16), where columns lie `stride` values apart.
GOLDILOCKS_VECTORIZE
void multiply_tile(const float* left, const float* right, std::size_t stride, std::size_t count, float* sums) {
  Lane s0{}, s1{}, s2{}, s3{}, s4{}, s5{};
  for (std::size_t c = 0; c < count; ++c, left += stride, right += stride) {
    Lane values;
    std::memcpy(&values, right, sizeof values);
    s0 += left[0] * values;
    s1 += left[1] * values;
    s2 += left[2] * values;
    s3 += left[3] * values;
    s4 += left[4] * values;
    s5 += left[5] * values;
  }
  const Lane all[tile_rows] = {s0, s1, s2, s3, s4, s5};
  std::memcpy(sums, all, sizeof all);
}

// The inputs of one block, each column padded with zeros so that tiles may reach beyond.
struct Columns {
  std::size_t stride = 0;
  std::vector<float> values;

  Columns(const float* from, std::size_t inputs, std::size_t begin, std::size_t size, std::size_t count)
      : stride(size + tile_columns), values(stride * count, 0.0F) {
    for (std::size_t c = 0; c < count; ++c) std::copy_n(from + c * inputs + begin, size, values.data() + c * stride);
  }
  const float* at(std::size_t column, std::size_t input) const { return values.data() + column * stride + input; }
};

// Adds the products of rows [first, first + tile_rows) of `left` with `right` from input `from` on.
void add_products(const Columns& left, const Columns& right, std::size_t columns, std::size_t first, std::size_t from,
                  Matrix& to) {
  float sums[tile_rows * tile_columns];
  const std::size_t rows = std::min(tile_rows, to.rows() - first);
  for (std::size_t begin = 0; begin < columns; begin += run_length) {
    const std::size_t count = std::min(run_length, columns - begin);
    for (std::size_t j = from; j < to.columns(); j += tile_columns) {
      multiply_tile(left.at(begin, first), right.at(begin, j), left.stride, count, sums);
      const std::size_t width = std::min(tile_columns, to.columns() - j);
      for (std::size_t i = 0; i < rows; ++i) {
        double* row = to.row(first + i).data() + j;
        for (std::size_t k = 0; k < width; ++k) row[k] += static_cast<double>(sums[i * tile_columns + k]);
      }
    }
  }
}

}  // namespace

MomentSums::MomentSums(std::size_t inputs, std::size_t groups) {
  sums_.inputs = inputs;
  sums_.groups.resize(groups);
  const std::size_t size = inputs > largest_whole_moments ? moment_block_size : std::max<std::size_t>(inputs, 1);
  for (Moments& group : sums_.groups) {
    for (std::size_t begin = 0; begin < inputs; begin += size) {
      const std::size_t count = std::min(size, inputs - begin);
      group.blocks.push_back({begin, Matrix(count, count), Matrix(count, count)});
    }
  }
}

void MomentSums::add(std::span<const float> compressed, std::span<const float> full, std::size_t columns,
                     ThreadPool& pool) {
  const std::size_t size = columns * sums_.inputs;
  for (std::size_t g = 0; g < sums_.groups.size(); ++g) {
    Moments& group = sums_.groups[g];
    group.samples += columns;
    for (MomentBlock& block : group.blocks) {
      const std::size_t count = block.second.rows();
      const Columns inputs(compressed.data() + g * size, sums_.inputs, block.begin, count, columns);
      Columns drift(full.data() + g * size, sums_.inputs, block.begin, count, columns);
      for (std::size_t i = 0; i < drift.values.size(); ++i) drift.values[i] -= inputs.values[i];
      pool.parallel_for((count + tile_rows - 1) / tile_rows, [&](std::size_t tile) {
        const std::size_t first = tile * tile_rows;
        add_products(inputs, inputs, columns, first, first / tile_columns * tile_columns, block.second);
        add_products(drift, inputs, columns, first, 0, block.drift);
      });
    }
  }
}

LayerMoments MomentSums::take() {
  for (Moments& group : sums_.groups) {
    if (group.samples == 0) throw std::invalid_argument("no samples to calibrate by");
    const auto samples = static_cast<double>(group.samples);
    for (MomentBlock& block : group.blocks) {
      for (std::size_t i = 0; i < block.second.rows(); ++i) {
        for (double& value : block.drift.row(i)) value /= samples;
        for (std::size_t j = i; j < block.second.columns(); ++j) {
          block.second(i, j) /= samples;
          block.second(j, i) = block.second(i, j);
        }
      }
    }
  }
  return std::move(sums_);
}

}  // namespace goldilocks::quantization
