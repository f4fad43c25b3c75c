// Numbers to numbers of the same shape.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/families.hpp"
#include "kernels/producing.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Types = std::span<const std::int32_t>;

Dims dims_of(const TensorView& tensor) { return {tensor.dims.begin(), tensor.dims.end()}; }

// A list of one number for all values, or one for each; absent it is the fallback.
double entry(const OperationView& operation, const TensorView& list, std::size_t element, std::size_t count,
             double fallback) {
  if (!list.present()) return fallback;
  const auto numbers = list.elements<double>();
  if (numbers.size() != 1 && numbers.size() != count) {
    operation.fail("has " + std::to_string(numbers.size()) + " numbers for " + std::to_string(count) + " values");
  }
  return numbers[numbers.size() == 1 ? 0 : element];
}

Produced shift_scale(const OperationView& operation, Inputs inputs, Types) {
  Doubles values = numbers_of(operation, inputs[0]);
  const TensorView shift = inputs.size() > 1 ? inputs[1] : TensorView();
  const TensorView scale = inputs.size() > 2 ? inputs[2] : TensorView();
  for (const TensorView& list : {shift, scale}) {
    if (list.present() && list.type != GLK_FLOAT64) operation.fail("takes a shift and a scale of float64");
  }
  for (std::size_t element = 0; element < values.size(); ++element) {
    values[element] = entry(operation, scale, element, values.size(), 1) *
                      (values[element] + entry(operation, shift, element, values.size(), 0));
  }
  return {tensor_of(dims_of(inputs[0]), values)};
}

Produced scale_to_norm(const OperationView& operation, Inputs inputs, Types) {
  Doubles values = numbers_of(operation, inputs[0]);
  const std::string_view kind = operation.text("norm");
  if (kind != "l1" && kind != "l2" && kind != "max")
    operation.fail("doesn't know the norm '" + std::string(kind) + "'");
  double norm = 0;
  for (const double value : values) {
    if (kind == "l1") norm += std::abs(value);
    if (kind == "l2") norm += value * value;
    if (kind == "max") norm = std::max(norm, std::abs(value));
  }
  if (kind == "l2") norm = std::sqrt(norm);
  if (norm != 0) {
    for (double& value : values) value /= norm;
  }
  return {tensor_of(dims_of(inputs[0]), values)};
}

Produced apply_link(const OperationView& operation, Inputs inputs, Types) {
  Doubles values = numbers_of(operation, inputs[0]);
  const std::string_view kind = operation.text("function");
  if (kind != "logit" && kind != "probit") operation.fail("doesn't know the function '" + std::string(kind) + "'");
  for (double& value : values) {
    value = kind == "logit" ? 1 / (1 + std::exp(-value)) : std::erfc(-value / std::sqrt(2.0)) / 2;
  }
  return {tensor_of(dims_of(inputs[0]), values)};
}

Produced pass_on(const OperationView&, Inputs inputs, Types) { return {copy_of(inputs[0])}; }

constexpr std::array list = {
    producing<1, 1, 1>("apply_link", apply_link),
    producing<1, 1, 1>("pass_on", pass_on),
    producing<1, 1, 1>("scale_to_norm", scale_to_norm),
    producing<1, 3, 1>("shift_scale", shift_scale),
};

}  // namespace

std::span<const Kernel> scaling_kernels() { return list; }

}  // namespace goldilocks::graph
