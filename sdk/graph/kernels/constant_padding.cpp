// constant_pad: a border of one value around a tensor of any rank, as thick before and after each axis as attributes or
// a second input say; or as thick as it takes to reach a size.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

// Before and after each axis, two numbers for each.
std::vector<std::int64_t> borders(const OperationView& operation, std::span<const std::int64_t> dims,
                                  std::span<const std::int64_t> amounts) {
  if (amounts.size() != 2 * dims.size()) {
    operation.fail("has " + std::to_string(amounts.size()) + " amounts for an input of shape " + to_text(dims) +
                   "; two are needed for each dimension");
  }
  std::vector<std::int64_t> result(amounts.begin(), amounts.end());
  for (const std::int64_t amount : result) {
    if (amount < 0 || amount > largest_tensor) operation.fail("can't pad by " + std::to_string(amount));
  }
  if (operation.integer("to_size", 0) == 0) return result;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (result[2 * axis] > 0 && result[2 * axis + 1] > 0) {
      operation.fail("dimension " + std::to_string(axis) + " can reach a size on one side alone");
    }
    for (std::int64_t& amount : std::span(result).subspan(2 * axis, 2)) {
      amount = std::max<std::int64_t>(0, amount - dims[axis]);
    }
  }
  return result;
}

std::vector<std::int64_t> amounts_of(const OperationView& operation, Inputs inputs) {
  if (!operation.has_input(1)) {
    const std::span<const std::int64_t> pads = operation.integers("pads");
    return {pads.begin(), pads.end()};
  }
  std::vector<std::int64_t> amounts;
  for (const float value : inputs[1].values) {
    const double whole = std::trunc(static_cast<double>(value));
    if (!(whole >= 0 && whole <= static_cast<double>(largest_tensor))) {
      operation.fail("can't pad by " + std::to_string(value));
    }
    amounts.push_back(static_cast<std::int64_t>(whole));
  }
  return amounts;
}

Dims padded(std::span<const std::int64_t> dims, std::span<const std::int64_t> edges) {
  Dims out(dims.begin(), dims.end());
  for (std::size_t axis = 0; axis < out.size(); ++axis) out[axis] += edges[2 * axis] + edges[2 * axis + 1];
  return out;
}

std::vector<Dims> infer_constant_pad(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 2);
  operation.number("value", 0);
  operation.integer("to_size", 0);
  if (!operation.has_input(1)) {
    return {padded(inputs[0], borders(operation, inputs[0], operation.integers("pads")))};
  }
  check_shape(operation, "the amounts", inputs[1], Dims{2 * static_cast<std::int64_t>(inputs[0].size())});
  return {Dims(inputs[0].size(), -1)};
}

std::vector<Dims> constant_pad_shape(const OperationView& operation, Inputs inputs) {
  return {padded(inputs[0].dims, borders(operation, inputs[0].dims, amounts_of(operation, inputs)))};
}

// Row by row of the last dimension; the place of a row follows from the counters of the others.
void run_constant_pad(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> in = inputs[0].dims, out = outputs[0].dims;
  std::ranges::fill(outputs[0].values, static_cast<float>(operation.number("value", 0)));
  if (in.empty()) {
    outputs[0].values[0] = inputs[0].values[0];
    return;
  }
  const std::vector<std::int64_t> edges = borders(operation, in, amounts_of(operation, inputs));
  const std::int64_t rows = leading_count(in, 1);
  Dims position(in.size() - 1, 0);
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t target = 0;
    for (std::size_t axis = 0; axis < position.size(); ++axis) {
      target = target * out[axis] + position[axis] + edges[2 * axis];
    }
    target = target * out.back() + edges[2 * position.size()];
    std::copy_n(inputs[0].values.data() + row * in.back(), in.back(), outputs[0].values.data() + target);
    for (std::size_t axis = position.size(); axis-- > 0;) {
      if (++position[axis] < in[axis]) break;
      position[axis] = 0;
    }
  }
}

constexpr std::array list = {Kernel{"constant_pad", infer_constant_pad, run_constant_pad, constant_pad_shape, nullptr}};

}  // namespace

std::span<const Kernel> constant_padding_kernels() { return list; }

}  // namespace goldilocks::graph
