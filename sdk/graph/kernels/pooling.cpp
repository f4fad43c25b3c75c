// max_pool, average_pool and l2_pool: one number for each window of a plane. Padding is never a candidate of the
// maximum and adds nothing to a sum; an average counts it unless exclude_padding is set, but what a window reaches
// beyond the padded input is never counted. A window that meets no value at all gives 0.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/window.hpp"

namespace goldilocks::graph {
namespace {

// The part of one axis that a window covers: real values begin..end, and cells with padding.
struct Reach {
  std::int64_t begin, end, padded;
};
Reach reach(const SpatialWindow& window, std::int64_t at, std::int64_t kernel, std::int64_t stride, std::int64_t size) {
  const std::int64_t start = at * stride - window.before;
  const std::int64_t end = std::min(start + kernel, size + window.after);
  return {std::max<std::int64_t>(start, 0), std::min(end, size), end - start};
}

// Calls visit(plane, rows, columns) for each window and stores what it returns.
template <class Visit>
void for_each_window(const OperationView& operation, const TensorView& input, const MutableTensorView& output,
                     const Visit& visit) {
  const std::size_t rank = input.dims.size();
  const std::int64_t height = input.dims[rank - 2];
  const std::int64_t width = input.dims[rank - 1];
  const PoolWindows pool = pool_windows(operation, height, width);
  const std::int64_t planes = leading_count(input.dims, 2);
  float* out = output.values.data();
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const float* values = input.values.data() + plane * height * width;
    for (std::int64_t y = 0; y < pool.axis[0].output; ++y) {
      const Reach rows = reach(pool.axis[0], y, pool.kernel[0], pool.stride[0], height);
      for (std::int64_t x = 0; x < pool.axis[1].output; ++x) {
        const Reach columns = reach(pool.axis[1], x, pool.kernel[1], pool.stride[1], width);
        const bool empty = rows.begin >= rows.end || columns.begin >= columns.end;
        *out++ = empty ? 0.0F : visit(values, width, rows, columns);
      }
    }
  }
}

void run_max(const OperationView& operation, std::span<const TensorView> inputs,
             std::span<const MutableTensorView> outputs) {
  for_each_window(operation, inputs[0], outputs[0],
                  [](const float* plane, std::int64_t width, const Reach& rows, const Reach& columns) {
                    float largest = -std::numeric_limits<float>::infinity();
                    for (std::int64_t y = rows.begin; y < rows.end; ++y) {
                      for (std::int64_t x = columns.begin; x < columns.end; ++x) {
                        const float value = plane[y * width + x];
                        // What is not a number stays, as it would in a sum.
                        if (value > largest || std::isnan(value)) largest = value;
                      }
                    }
                    return largest;
                  });
}

template <class Term>
double sum_window(const float* plane, std::int64_t width, const Reach& rows, const Reach& columns, const Term& term) {
  double sum = 0;
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    for (std::int64_t x = columns.begin; x < columns.end; ++x) sum += term(static_cast<double>(plane[y * width + x]));
  }
  return sum;
}

void run_average(const OperationView& operation, std::span<const TensorView> inputs,
                 std::span<const MutableTensorView> outputs) {
  const bool exclude = operation.integer("exclude_padding", 0) != 0;
  for_each_window(operation, inputs[0], outputs[0],
                  [exclude](const float* plane, std::int64_t width, const Reach& rows, const Reach& columns) {
                    const double sum = sum_window(plane, width, rows, columns, [](double value) { return value; });
                    const std::int64_t cells = exclude ? (rows.end - rows.begin) * (columns.end - columns.begin)
                                                       : rows.padded * columns.padded;
                    return static_cast<float>(sum / static_cast<double>(cells));
                  });
}

void run_l2(const OperationView& operation, std::span<const TensorView> inputs,
            std::span<const MutableTensorView> outputs) {
  for_each_window(operation, inputs[0], outputs[0],
                  [](const float* plane, std::int64_t width, const Reach& rows, const Reach& columns) {
                    const auto square = [](double value) { return value * value; };
                    return static_cast<float>(std::sqrt(sum_window(plane, width, rows, columns, square)));
                  });
}

std::vector<Dims> infer_pool(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  check_rank(operation, inputs[0], 3);
  Dims out = inputs[0];
  const PoolWindows pool = pool_windows(operation, out[out.size() - 2], out[out.size() - 1]);
  out[out.size() - 2] = pool.axis[0].output;
  out[out.size() - 1] = pool.axis[1].output;
  return {out};
}

constexpr std::array list = {Kernel{"average_pool", infer_pool, run_average}, Kernel{"l2_pool", infer_pool, run_l2},
                             Kernel{"max_pool", infer_pool, run_max}};

}  // namespace

std::span<const Kernel> pooling_kernels() { return list; }

}  // namespace goldilocks::graph
