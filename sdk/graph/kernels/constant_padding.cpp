// constant_pad: a border of one value around a tensor of any rank, as thick before and after each axis as attributes or
// a second input say; or as thick as it takes to reach a size.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/numbers.hpp"
#include "kernels/takes.hpp"

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
  for (const double value : numbers_of(inputs[1])) {
    const double whole = std::trunc(value);
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
  const std::vector<double> filling(outputs[0].size(), operation.number("value", 0));
  store_numbers(filling, outputs[0]);
  const std::size_t size = element_size(inputs[0].type);
  const auto* const source = static_cast<const std::byte*>(inputs[0].bytes());
  auto* const to = static_cast<std::byte*>(outputs[0].bytes());
  if (in.empty()) {
    std::memcpy(to, source, size);
    return;
  }
  const std::size_t row_bytes = static_cast<std::size_t>(in.back()) * size;
  const std::vector<std::int64_t> edges = borders(operation, in, amounts_of(operation, inputs));
  const std::int64_t rows = leading_count(in, 1);
  Dims position(in.size() - 1, 0);
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t target = 0;
    for (std::size_t axis = 0; axis < position.size(); ++axis) {
      target = target * out[axis] + position[axis] + edges[2 * axis];
    }
    target = target * out.back() + edges[2 * position.size()];
    std::memcpy(to + static_cast<std::size_t>(target) * size, source + static_cast<std::size_t>(row) * row_bytes,
                row_bytes);
    for (std::size_t axis = position.size(); axis-- > 0;) {
      if (++position[axis] < in[axis]) break;
      position[axis] = 0;
    }
  }
}

bool takes_padded(const ElementTypes& types) { return types.inputs[0] != GLK_STRING && takes_placed(types); }

constexpr std::array list = {
    Kernel{"constant_pad", infer_constant_pad, run_constant_pad, constant_pad_shape, nullptr, takes_padded, 0b10}};

}  // namespace

std::span<const Kernel> constant_padding_kernels() { return list; }

}  // namespace goldilocks::graph
