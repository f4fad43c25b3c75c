// add, multiply, maximum, minimum and average of any number of tensors, and affine (scale * x + bias). All shapes are
// broadcast to one another. Results are gathered in float64 and rounded once.
#include <algorithm>
#include <array>
#include <limits>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"
#include "kernels/takes.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

template <class Combine>
std::vector<double> combine_all(Inputs inputs, const MutableTensorView& output, const Combine& combine) {
  std::vector<double> result(output.size());
  for (std::size_t number = 0; number < inputs.size(); ++number) {
    const auto add = [&](const auto& values) {
      for_each_broadcast(output.dims, inputs[number].dims, [&](std::size_t element, std::size_t source) {
        const auto value = static_cast<double>(values[source]);
        result[element] = number == 0 ? value : combine(result[element], value);
      });
    };
    if (inputs[number].type == GLK_FLOAT32) {
      add(inputs[number].values);
    } else {
      add(numbers_of(inputs[number]));
    }
  }
  return result;
}

void store(std::span<const double> result, const MutableTensorView& output) { store_numbers(result, output); }

void run_add(const OperationView&, Inputs inputs, Outputs outputs) {
  store(combine_all(inputs, outputs[0], [](double left, double right) { return left + right; }), outputs[0]);
}

void run_multiply(const OperationView&, Inputs inputs, Outputs outputs) {
  store(combine_all(inputs, outputs[0], [](double left, double right) { return left * right; }), outputs[0]);
}

void run_maximum(const OperationView&, Inputs inputs, Outputs outputs) {
  store(combine_all(inputs, outputs[0], [](double left, double right) { return left < right ? right : left; }),
        outputs[0]);
}

void run_minimum(const OperationView&, Inputs inputs, Outputs outputs) {
  store(combine_all(inputs, outputs[0], [](double left, double right) { return right < left ? right : left; }),
        outputs[0]);
}

void run_average(const OperationView&, Inputs inputs, Outputs outputs) {
  std::vector<double> sums = combine_all(inputs, outputs[0], [](double left, double right) { return left + right; });
  for (double& sum : sums) sum /= static_cast<double>(inputs.size());
  store(sums, outputs[0]);
}

void run_affine(const OperationView&, Inputs inputs, Outputs outputs) {
  std::vector<double> result(inputs[0].values.begin(), inputs[0].values.end());
  if (inputs.size() > 1 && inputs[1].present()) {
    for_each_broadcast(outputs[0].dims, inputs[1].dims, [&](std::size_t element, std::size_t source) {
      result[element] *= static_cast<double>(inputs[1].values[source]);
    });
  }
  if (inputs.size() > 2 && inputs[2].present()) {
    for_each_broadcast(outputs[0].dims, inputs[2].dims, [&](std::size_t element, std::size_t source) {
      result[element] += static_cast<double>(inputs[2].values[source]);
    });
  }
  store(result, outputs[0]);
}

std::vector<Dims> infer_broadcast(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, std::max<std::size_t>(1, inputs.size()), std::numeric_limits<std::size_t>::max());
  return {broadcast_shape(operation, inputs)};
}

std::vector<Dims> infer_affine(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 3);
  return infer_like_first(operation, inputs);
}

constexpr std::array list = {
    Kernel{"add", infer_broadcast, run_add, nullptr, nullptr, takes_numbers},
    Kernel{"affine", infer_affine, run_affine},
    Kernel{"average", infer_broadcast, run_average},
    Kernel{"maximum", infer_broadcast, run_maximum, nullptr, nullptr, takes_numbers},
    Kernel{"minimum", infer_broadcast, run_minimum, nullptr, nullptr, takes_numbers},
    Kernel{"multiply", infer_broadcast, run_multiply, nullptr, nullptr, takes_numbers},
};

}  // namespace

std::span<const Kernel> arithmetic_kernels() { return list; }

}  // namespace goldilocks::graph
