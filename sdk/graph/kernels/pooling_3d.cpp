// max_pool_3d and average_pool_3d: one number for each window of a volume. Padding is no candidate of a maximum and
// adds nothing to a sum; an average counts it unless exclude_padding is set. A window that meets no value at all gives
// 0.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/volume.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;
using Triple = std::array<std::int64_t, 3>;

struct Pool {
  Triple sizes, kernel, strides;
  Volume windows;
};

Pool pool_of(const OperationView& operation, std::span<const std::int64_t> dims) {
  const std::size_t rank = dims.size();
  Pool pool;
  pool.sizes = {dims[rank - 3], dims[rank - 2], dims[rank - 1]};
  if (operation.integer("global", 0) != 0) {
    pool.kernel = pool.sizes;
    pool.strides = {1, 1, 1};
    for (SpatialWindow& window : pool.windows) window = {1, 0, 0};
    return pool;
  }
  pool.kernel = triple_attribute(operation, "kernel", 1);
  pool.strides = triple_attribute(operation, "strides", 1);
  pool.windows = convolution_volume(operation, pool.sizes, pool.kernel, {1, 1, 1});
  return pool;
}

// Stores what gather(volume, depths, rows, columns) gives for each window that meets a value.
template <class Gather>
void for_each_window(const OperationView& operation, Inputs inputs, Outputs outputs, const Gather& gather) {
  const Pool pool = pool_of(operation, inputs[0].dims);
  std::array<Taps, 3> taps;
  for (std::size_t axis = 0; axis < taps.size(); ++axis) {
    taps[axis] = convolution_taps(pool.windows[axis], pool.sizes[axis], pool.kernel[axis], pool.strides[axis], 1);
  }
  const std::int64_t volumes = leading_count(inputs[0].dims, 3);
  float* out = outputs[0].values.data();
  for (std::int64_t volume = 0; volume < volumes; ++volume) {
    const float* x = inputs[0].values.data() + volume * pool.sizes[0] * pool.sizes[1] * pool.sizes[2];
    for (const std::vector<Tap>& depths : taps[0]) {
      for (const std::vector<Tap>& rows : taps[1]) {
        for (const std::vector<Tap>& columns : taps[2]) {
          const bool empty = depths.empty() || rows.empty() || columns.empty();
          *out++ = empty ? 0.0F : gather(pool, x, depths, rows, columns);
        }
      }
    }
  }
}

template <class Visit>
void for_each_value(const Pool& pool, const float* x, std::span<const Tap> depths, std::span<const Tap> rows,
                    std::span<const Tap> columns, const Visit& visit) {
  for (const Tap& z : depths) {
    for (const Tap& y : rows) {
      const float* line = x + (z.input * pool.sizes[1] + y.input) * pool.sizes[2];
      for (const Tap& column : columns) visit(line[column.input]);
    }
  }
}

void run_max(const OperationView& operation, Inputs inputs, Outputs outputs) {
  for_each_window(operation, inputs, outputs,
                  [](const Pool& pool, const float* x, std::span<const Tap> depths, std::span<const Tap> rows,
                     std::span<const Tap> columns) {
                    float largest = -std::numeric_limits<float>::infinity();
                    for_each_value(pool, x, depths, rows, columns, [&](float value) {
                      // What is not a number stays, as it would in a sum.
                      if (value > largest || std::isnan(value)) largest = value;
                    });
                    return largest;
                  });
}

void run_average(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const bool exclude = operation.integer("exclude_padding", 0) != 0;
  for_each_window(operation, inputs, outputs,
                  [exclude](const Pool& pool, const float* x, std::span<const Tap> depths, std::span<const Tap> rows,
                            std::span<const Tap> columns) {
                    double sum = 0;
                    for_each_value(pool, x, depths, rows, columns,
                                   [&](float value) { sum += static_cast<double>(value); });
                    const auto met = static_cast<double>(depths.size() * rows.size() * columns.size());
                    double all = 1;
                    for (const std::int64_t size : pool.kernel) all *= static_cast<double>(size);
                    return static_cast<float>(sum / (exclude ? met : all));
                  });
}

std::vector<Dims> infer_pool(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  check_rank(operation, inputs[0], 4);
  operation.integer("exclude_padding", 0);
  Dims out = inputs[0];
  const Pool pool = pool_of(operation, out);
  for (std::size_t axis = 0; axis < 3; ++axis) out[out.size() - 3 + axis] = pool.windows[axis].output;
  return {out};
}

constexpr std::array list = {Kernel{"average_pool_3d", infer_pool, run_average},
                             Kernel{"max_pool_3d", infer_pool, run_max}};

}  // namespace

std::span<const Kernel> pooling_3d_kernels() { return list; }

}  // namespace goldilocks::graph
