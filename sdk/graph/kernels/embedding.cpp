// embedding: for each index of x the column of that number in weight [O, V], plus the bias.
//
// Indexes are numbers like all others; a fraction is cut off, and one outside of 0 .. V - 1 is an error, as there is no
// vector that could stand for it.
#include <array>
#include <cmath>
#include <string>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

std::size_t axis_of(const OperationView& operation, std::size_t rank) {
  return resolve_axis(operation, operation.integer("axis", -1), rank);
}

std::size_t column_of(const OperationView& operation, float index, std::int64_t columns) {
  const double whole = std::trunc(static_cast<double>(index));
  if (!(whole >= 0 && whole < static_cast<double>(columns))) {
    operation.fail("index " + std::to_string(index) + " is not one of 0 to " + std::to_string(columns - 1));
  }
  return static_cast<std::size_t>(whole);
}

// The axis and all behind it have size 1 in x, so that the O values for an index lie side by side in y.
void run_embedding(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const auto size = static_cast<std::size_t>(inputs[1].dims[0]);
  const auto columns = static_cast<std::size_t>(inputs[1].dims[1]);
  const bool has_bias = inputs.size() > 2 && inputs[2].present();
  float* y = outputs[0].values.data();
  for (const float index : inputs[0].values) {
    const std::size_t column = column_of(operation, index, inputs[1].dims[1]);
    for (std::size_t row = 0; row < size; ++row) {
      const float value = inputs[1].values[row * columns + column];
      *y++ = has_bias ? value + inputs[2].values[row] : value;
    }
  }
}

std::vector<Dims> infer_embedding(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 3);
  Dims out = inputs[0];
  const std::size_t axis = axis_of(operation, out.size());
  Dims expected = out;
  for (std::size_t last = axis; last < expected.size(); ++last) expected[last] = 1;
  check_shape(operation, "the input", out, expected);
  if (inputs[1].size() != 2) operation.fail("the weight has shape " + to_text(inputs[1]) + "; its rank must be 2");
  if (operation.has_input(2)) check_shape(operation, "the bias", inputs[2], Dims{inputs[1][0]});
  out[axis] = inputs[1][0];
  return {out};
}

constexpr std::array list = {Kernel{"embedding", infer_embedding, run_embedding}};

}  // namespace

std::span<const Kernel> embedding_kernels() { return list; }

}  // namespace goldilocks::graph
