// broadcast, tile and their variants for shapes that come as values or from another tensor; range.
//
// A tiled tensor is one that broadcasts from [1, d0, 1, d1, ...] to [r0, d0, r1, d1, ...].
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/numbers.hpp"
#include "kernels/strided.hpp"
#include "kernels/takes.hpp"
#include "kernels/whole_numbers.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

void run_broadcast(const OperationView&, Inputs inputs, Outputs outputs) {
  copy_view(broadcast_view(inputs[0].dims, outputs[0].dims), inputs[0], outputs[0]);
}

// The target, if x broadcasts to it.
std::vector<Dims> broadcast_to(const OperationView& operation, std::span<const std::int64_t> dims,
                               std::span<const std::int64_t> target) {
  bool fits = dims.size() <= target.size();
  for (std::size_t axis = 0; fits && axis < dims.size(); ++axis) {
    const std::int64_t size = dims[dims.size() - 1 - axis];
    fits = size == 1 || size == target[target.size() - 1 - axis];
  }
  if (!fits || std::ranges::any_of(target, [](std::int64_t size) { return size < 1; })) {
    operation.fail("shape " + to_text(dims) + " can't be broadcast to " + to_text(target));
  }
  element_count(target);
  return {Dims(target.begin(), target.end())};
}

std::vector<Dims> infer_broadcast(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  return broadcast_to(operation, inputs[0], operation.integers("shape"));
}

std::vector<Dims> infer_broadcast_like(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  return broadcast_to(operation, inputs[0], inputs[1]);
}

std::vector<Dims> infer_dynamic_broadcast(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  return {Dims(list_length(operation, inputs[1], "shape"), -1)};
}

std::vector<Dims> dynamic_broadcast_shapes(const OperationView& operation, Inputs inputs) {
  return broadcast_to(operation, inputs[0].dims, whole_numbers(operation, inputs[1], "shape"));
}

// ---- tile

void run_tile(const OperationView&, Inputs inputs, Outputs outputs) {
  Dims apart, target;
  for (std::size_t axis = 0; axis < inputs[0].dims.size(); ++axis) {
    const std::int64_t size = inputs[0].dims[axis];
    apart.insert(apart.end(), {1, size});
    target.insert(target.end(), {outputs[0].dims[axis] / size, size});
  }
  copy_view(broadcast_view(apart, target), inputs[0], outputs[0]);
}

// Fewer repetitions than dimensions are those of the last ones.
std::vector<Dims> tiled(const OperationView& operation, std::span<const std::int64_t> dims,
                        std::span<const std::int64_t> repetitions) {
  if (repetitions.size() > dims.size()) {
    operation.fail("repetitions " + to_text(repetitions) + " are more than the dimensions of " + to_text(dims));
  }
  Dims out(dims.begin(), dims.end());
  for (std::size_t index = 0; index < repetitions.size(); ++index) {
    if (repetitions[index] < 1) operation.fail("repetitions can't be " + to_text(repetitions));
    std::int64_t& size = out[out.size() - repetitions.size() + index];
    size = checked_product(operation, size, repetitions[index]);
  }
  return {out};
}

std::vector<Dims> infer_tile(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  return tiled(operation, inputs[0], operation.integers("repetitions"));
}

std::vector<Dims> infer_dynamic_tile(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  const std::size_t count = list_length(operation, inputs[1], "repetitions");
  tiled(operation, inputs[0], Dims(count, 1));
  Dims out = inputs[0];
  std::fill(out.end() - static_cast<std::ptrdiff_t>(count), out.end(), -1);
  return {out};
}

std::vector<Dims> dynamic_tile_shapes(const OperationView& operation, Inputs inputs) {
  return tiled(operation, inputs[0].dims, whole_numbers(operation, inputs[1], "repetitions"));
}

// ---- range

void run_range(const OperationView&, Inputs inputs, Outputs outputs) {
  const double start = numbers_of(inputs[0])[0];
  const double step = numbers_of(inputs[2])[0];
  std::vector<double> numbers(outputs[0].size());
  for (std::size_t index = 0; index < numbers.size(); ++index) {
    numbers[index] = start + step * static_cast<double>(index);
  }
  store_numbers(numbers, outputs[0]);
}

std::vector<Dims> infer_range(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 3, 3);
  for (const Dims& dims : inputs) {
    if (element_count(dims) != 1) operation.fail("an input has shape " + to_text(dims) + "; it must be one number");
  }
  return {{-1}};
}

std::vector<Dims> range_shapes(const OperationView& operation, Inputs inputs) {
  const double start = numbers_of(inputs[0])[0];
  const double end = numbers_of(inputs[1])[0];
  const double step = numbers_of(inputs[2])[0];
  const double count = std::ceil((end - start) / step);
  // Written so that what is not a number is refused, too.
  if (!(count >= 0 && count <= static_cast<double>(largest_tensor))) {
    operation.fail("from " + std::to_string(start) + " to " + std::to_string(end) + " by " + std::to_string(step) +
                   " is no range that can be stored");
  }
  return {{static_cast<std::int64_t>(count)}};
}

constexpr std::array list = {
    Kernel{"broadcast", infer_broadcast, run_broadcast, nullptr, nullptr, takes_alike},
    Kernel{"broadcast_like", infer_broadcast_like, run_broadcast, nullptr, nullptr, takes_alike},
    Kernel{"dynamic_broadcast", infer_dynamic_broadcast, run_broadcast, dynamic_broadcast_shapes, nullptr, takes_placed,
           0b10},
    Kernel{"dynamic_tile", infer_dynamic_tile, run_tile, dynamic_tile_shapes, nullptr, takes_placed, 0b10},
    Kernel{"range", infer_range, run_range, range_shapes, nullptr, takes_numbers},
    Kernel{"tile", infer_tile, run_tile, nullptr, nullptr, takes_alike},
};

}  // namespace

std::span<const Kernel> repeating_kernels() { return list; }

}  // namespace goldilocks::graph
