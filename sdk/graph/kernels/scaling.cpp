// Numbers to numbers of the same shape.
#include <algorithm>
#include <cmath>

#include "typed.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TypedTensor* const>;
using Outputs = std::span<TypedTensor>;

// A list of one number for all values, or one for each; absent it is the fallback.
double entry(const OperationView& operation, const TypedTensor* list, std::size_t element, std::size_t count,
             double fallback) {
  if (list == nullptr) return fallback;
  const auto& numbers = std::get<Doubles>(list->values);
  if (numbers.size() != 1 && numbers.size() != count) {
    operation.fail("has " + std::to_string(numbers.size()) + " numbers for " + std::to_string(count) + " values");
  }
  return numbers[numbers.size() == 1 ? 0 : element];
}

void shift_scale(const OperationView& operation, Inputs inputs, Outputs outputs) {
  Doubles values = numbers_of(operation, *inputs[0]);
  const TypedTensor* shift = inputs.size() > 1 ? inputs[1] : nullptr;
  const TypedTensor* scale = inputs.size() > 2 ? inputs[2] : nullptr;
  for (const TypedTensor* list : {shift, scale}) {
    if (list != nullptr && list->type() != GLK_FLOAT64) operation.fail("takes a shift and a scale of float64");
  }
  for (std::size_t element = 0; element < values.size(); ++element) {
    values[element] = entry(operation, scale, element, values.size(), 1) *
                      (values[element] + entry(operation, shift, element, values.size(), 0));
  }
  outputs[0] = {inputs[0]->dims, std::move(values)};
}

void scale_to_norm(const OperationView& operation, Inputs inputs, Outputs outputs) {
  Doubles values = numbers_of(operation, *inputs[0]);
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
  outputs[0] = {inputs[0]->dims, std::move(values)};
}

void apply_link(const OperationView& operation, Inputs inputs, Outputs outputs) {
  Doubles values = numbers_of(operation, *inputs[0]);
  const std::string_view kind = operation.text("function");
  if (kind != "logit" && kind != "probit") operation.fail("doesn't know the function '" + std::string(kind) + "'");
  for (double& value : values) {
    value = kind == "logit" ? 1 / (1 + std::exp(-value)) : std::erfc(-value / std::sqrt(2.0)) / 2;
  }
  outputs[0] = {inputs[0]->dims, std::move(values)};
}

void pass_on(const OperationView& /*operation*/, Inputs inputs, Outputs outputs) { outputs[0] = *inputs[0]; }

constexpr TypedKernel kernels[] = {
    {"apply_link", 1, 1, 1, &apply_link},
    {"pass_on", 1, 1, 1, &pass_on},
    {"scale_to_norm", 1, 1, 1, &scale_to_norm},
    {"shift_scale", 1, 3, 1, &shift_scale},
};

}  // namespace

std::span<const TypedKernel> scaling_kernels() { return kernels; }

}  // namespace goldilocks::graph
