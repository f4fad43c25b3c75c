// Activations: y = f(x), element by element, computed in float64 and rounded once.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

void run_relu(const OperationView&, Inputs inputs, Outputs outputs) {
  map_values(inputs[0], outputs[0], [](double x) { return x < 0 ? 0.0 : x; });
}

void run_leaky_relu(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  map_values(inputs[0], outputs[0], [=](double x) { return x < 0 ? alpha * x : x; });
}

void run_thresholded_relu(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  map_values(inputs[0], outputs[0], [=](double x) { return x < alpha ? 0.0 : x; });
}

void run_tanh(const OperationView&, Inputs inputs, Outputs outputs) {
  map_values(inputs[0], outputs[0], [](double x) { return std::tanh(x); });
}

void run_scaled_tanh(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  const double beta = operation.number("beta");
  map_values(inputs[0], outputs[0], [=](double x) { return alpha * std::tanh(beta * x); });
}

void run_sigmoid(const OperationView&, Inputs inputs, Outputs outputs) {
  map_values(inputs[0], outputs[0], [](double x) { return 1 / (1 + std::exp(-x)); });
}

void run_hard_sigmoid(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  const double beta = operation.number("beta");
  map_values(inputs[0], outputs[0], [=](double x) { return std::clamp(alpha * x + beta, 0.0, 1.0); });
}

void run_elu(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  map_values(inputs[0], outputs[0], [=](double x) { return x < 0 ? alpha * std::expm1(x) : x; });
}

void run_softsign(const OperationView&, Inputs inputs, Outputs outputs) {
  map_values(inputs[0], outputs[0], [](double x) { return x / (1 + std::fabs(x)); });
}

// log(1 + e^x), without overflow for a large x.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

void run_softplus(const OperationView&, Inputs inputs, Outputs outputs) { map_values(inputs[0], outputs[0], softplus); }

void run_linear(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  const double beta = operation.number("beta");
  map_values(inputs[0], outputs[0], [=](double x) { return alpha * x + beta; });
}

void run_prelu(const OperationView&, Inputs inputs, Outputs outputs) {
  for_each_broadcast(outputs[0].dims, inputs[1].dims, [&](std::size_t element, std::size_t parameter) {
    const auto x = static_cast<double>(inputs[0].values[element]);
    const auto alpha = static_cast<double>(inputs[1].values[parameter]);
    outputs[0].values[element] = static_cast<float>(x < 0 ? alpha * x : x);
  });
}

void run_parametric_softplus(const OperationView&, Inputs inputs, Outputs outputs) {
  // beta * x is kept in float64, as the result is to be rounded only once.
  std::vector<double> scaled(inputs[0].values.size());
  for_each_broadcast(outputs[0].dims, inputs[2].dims, [&](std::size_t element, std::size_t parameter) {
    scaled[element] = static_cast<double>(inputs[2].values[parameter]) * static_cast<double>(inputs[0].values[element]);
  });
  for_each_broadcast(outputs[0].dims, inputs[1].dims, [&](std::size_t element, std::size_t parameter) {
    const auto alpha = static_cast<double>(inputs[1].values[parameter]);
    outputs[0].values[element] = static_cast<float>(alpha * softplus(scaled[element]));
  });
}

// The attributes must be there before anything runs.
std::vector<Dims> infer_alpha(const OperationView& operation, std::span<const Dims> inputs) {
  operation.number("alpha");
  return infer_same(operation, inputs);
}

std::vector<Dims> infer_alpha_beta(const OperationView& operation, std::span<const Dims> inputs) {
  operation.number("beta");
  return infer_alpha(operation, inputs);
}

std::vector<Dims> infer_one_parameter(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  return infer_like_first(operation, inputs);
}

std::vector<Dims> infer_two_parameters(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 3, 3);
  return infer_like_first(operation, inputs);
}

constexpr std::array list = {
    Kernel{"elu", infer_alpha, run_elu},
    Kernel{"hard_sigmoid", infer_alpha_beta, run_hard_sigmoid},
    Kernel{"leaky_relu", infer_alpha, run_leaky_relu},
    Kernel{"linear", infer_alpha_beta, run_linear},
    Kernel{"parametric_softplus", infer_two_parameters, run_parametric_softplus},
    Kernel{"prelu", infer_one_parameter, run_prelu},
    Kernel{"relu", infer_same, run_relu},
    Kernel{"scaled_tanh", infer_alpha_beta, run_scaled_tanh},
    Kernel{"sigmoid", infer_same, run_sigmoid},
    Kernel{"softplus", infer_same, run_softplus},
    Kernel{"softsign", infer_same, run_softsign},
    Kernel{"tanh", infer_same, run_tanh},
    Kernel{"thresholded_relu", infer_alpha, run_thresholded_relu},
};

}  // namespace

std::span<const Kernel> activation_kernels() { return list; }

}  // namespace goldilocks::graph
