// Unary functions: y = f(scale * x + shift), element by element, computed in float64 and rounded once.
#include <array>
#include <cmath>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"
#include "kernels/takes.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

template <class Function>
void run(const OperationView& operation, Inputs inputs, Outputs outputs, const Function& function) {
  const double scale = operation.number("scale", 1);
  const double shift = operation.number("shift", 0);
  map_values(inputs[0], outputs[0], [=](double x) { return function(scale * x + shift); });
}

void run_abs(const OperationView& operation, Inputs inputs, Outputs outputs) {
  run(operation, inputs, outputs, [](double x) { return std::fabs(x); });
}

void run_exp(const OperationView& operation, Inputs inputs, Outputs outputs) {
  run(operation, inputs, outputs, [](double x) { return std::exp(x); });
}

void run_inverse(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double epsilon = operation.number("epsilon", 0);
  run(operation, inputs, outputs, [=](double x) { return 1 / (x + epsilon); });
}

void run_log(const OperationView& operation, Inputs inputs, Outputs outputs) {
  run(operation, inputs, outputs, [](double x) { return std::log(x); });
}

void run_power(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  run(operation, inputs, outputs, [=](double x) { return std::pow(x, alpha); });
}

void run_rsqrt(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double epsilon = operation.number("epsilon", 0);
  run(operation, inputs, outputs, [=](double x) { return 1 / std::sqrt(x + epsilon); });
}

void run_sqrt(const OperationView& operation, Inputs inputs, Outputs outputs) {
  run(operation, inputs, outputs, [](double x) { return std::sqrt(x); });
}

void run_threshold(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  run(operation, inputs, outputs, [=](double x) { return x < alpha ? alpha : x; });
}

// Reads the attributes, so that one of a wrong type is found before anything runs.
std::vector<Dims> infer_unary(const OperationView& operation, std::span<const Dims> inputs) {
  for (const char* name : {"scale", "shift", "epsilon"}) operation.number(name, 0);
  return infer_same(operation, inputs);
}

std::vector<Dims> infer_with_alpha(const OperationView& operation, std::span<const Dims> inputs) {
  operation.number("alpha");
  return infer_unary(operation, inputs);
}

constexpr std::array list = {
    Kernel{"abs", infer_unary, run_abs, nullptr, nullptr, takes_numbers},
    Kernel{"exp", infer_unary, run_exp},
    Kernel{"inverse", infer_unary, run_inverse},
    Kernel{"log", infer_unary, run_log},
    Kernel{"power", infer_with_alpha, run_power, nullptr, nullptr, takes_numbers},
    Kernel{"rsqrt", infer_unary, run_rsqrt},
    Kernel{"sqrt", infer_unary, run_sqrt},
    Kernel{"threshold", infer_with_alpha, run_threshold, nullptr, nullptr, takes_numbers},
};

}  // namespace

std::span<const Kernel> unary_kernels() { return list; }

}  // namespace goldilocks::graph
