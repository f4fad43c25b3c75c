// Elementary functions y = f(x), element by element, computed in float64 and rounded once: rounding, trigonometry,
// error function, clipping.
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"
#include "kernels/takes.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

template <double (*function)(double)>
void run_function(const OperationView&, Inputs inputs, Outputs outputs) {
  map_values(inputs[0], outputs[0], function);
}

// Halves go to the even neighbour: the default rounding of IEEE 754, and numpy's.
double round_to_even(double x) { return std::nearbyint(x); }

// Zeros keep their sign; what is not a number stays so.
double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

double logical_not(double x) { return x == 0 ? 1 : 0; }

double gelu(double x) { return 0.5 * x * std::erfc(-x / std::numbers::sqrt2); }

double gelu_by_tanh(double x) {
  const double root = std::sqrt(2 * std::numbers::inv_pi);
  return 0.5 * x * (1 + std::tanh(root * (x + 0.044715 * x * x * x)));
}

double gelu_by_sigmoid(double x) { return x / (1 + std::exp(-1.702 * x)); }

void run_gelu(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::string_view mode = operation.text("mode", "exact");
  map_values(inputs[0], outputs[0], mode == "tanh" ? gelu_by_tanh : mode == "sigmoid" ? gelu_by_sigmoid : gelu);
}

std::vector<Dims> infer_gelu(const OperationView& operation, std::span<const Dims> inputs) {
  check_choice(operation, "mode", operation.text("mode", "exact"), {"exact", "tanh", "sigmoid"});
  return infer_same(operation, inputs);
}

// The upper bound is applied last, so that it wins where the bounds are the wrong way around.
void run_clip(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double minimum = operation.number("minimum");
  const double maximum = operation.number("maximum");
  map_values(inputs[0], outputs[0], [=](double x) {
    const double raised = x < minimum ? minimum : x;
    return raised > maximum ? maximum : raised;
  });
}

std::vector<Dims> infer_clip(const OperationView& operation, std::span<const Dims> inputs) {
  for (const char* name : {"minimum", "maximum"}) operation.number(name);
  return infer_same(operation, inputs);
}

void run_clamped_relu(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double alpha = operation.number("alpha");
  const double beta = operation.number("beta");
  map_values(inputs[0], outputs[0], [=](double x) {
    const double leaky = x < 0 ? alpha * x : x;
    return leaky > beta ? beta : leaky;
  });
}

std::vector<Dims> infer_clamped_relu(const OperationView& operation, std::span<const Dims> inputs) {
  for (const char* name : {"alpha", "beta"}) operation.number(name);
  return infer_same(operation, inputs);
}

constexpr std::array list = {
    Kernel{"acos", infer_same, run_function<std::acos>},
    Kernel{"acosh", infer_same, run_function<std::acosh>},
    Kernel{"asin", infer_same, run_function<std::asin>},
    Kernel{"asinh", infer_same, run_function<std::asinh>},
    Kernel{"atan", infer_same, run_function<std::atan>},
    Kernel{"atanh", infer_same, run_function<std::atanh>},
    Kernel{"ceil", infer_same, run_function<std::ceil>},
    Kernel{"clamped_relu", infer_clamped_relu, run_clamped_relu},
    Kernel{"clip", infer_clip, run_clip, nullptr, nullptr, takes_numbers},
    Kernel{"cos", infer_same, run_function<std::cos>},
    Kernel{"cosh", infer_same, run_function<std::cosh>},
    Kernel{"erf", infer_same, run_function<std::erf>},
    Kernel{"exp2", infer_same, run_function<std::exp2>},
    Kernel{"floor", infer_same, run_function<std::floor>},
    Kernel{"gelu", infer_gelu, run_gelu},
    Kernel{"logical_not", infer_same, run_function<logical_not>, nullptr, nullptr, takes_truth},
    Kernel{"round", infer_same, run_function<round_to_even>},
    Kernel{"sign", infer_same, run_function<sign>, nullptr, nullptr, takes_numbers},
    Kernel{"sin", infer_same, run_function<std::sin>},
    Kernel{"sinh", infer_same, run_function<std::sinh>},
    Kernel{"tan", infer_same, run_function<std::tan>},
};

}  // namespace

std::span<const Kernel> elementary_kernels() { return list; }

}  // namespace goldilocks::graph
