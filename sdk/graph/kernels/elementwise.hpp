#pragma once

#include <cstddef>
#include <span>

#include <goldilocks/graph/kernel.hpp>

#include "kernels/checks.hpp"
#include "kernels/numbers.hpp"

// Loops that the element by element families share.
namespace goldilocks::graph {

// out[i] = function(in[i]), computed in float64.
template <class Function>
void map_values(const TensorView& input, const MutableTensorView& output, const Function& function) {
  if (input.type != GLK_FLOAT32) {
    std::vector<double> numbers = numbers_of(input);
    for (double& number : numbers) number = function(number);
    return store_numbers(numbers, output);
  }
  for (std::size_t index = 0; index < input.values.size(); ++index) {
    output.values[index] = static_cast<float>(function(static_cast<double>(input.values[index])));
  }
}

// For each element of `out`, in order, calls visit(element, index in `operand`), where the operand's dimensions of size
// 1 are repeated and its missing leading ones too.
template <class Visit>
void for_each_broadcast(std::span<const std::int64_t> out, std::span<const std::int64_t> operand, const Visit& visit) {
  const std::size_t missing = out.size() - operand.size();
  std::vector<std::size_t> strides(out.size(), 0);
  std::size_t stride = 1;
  for (std::size_t axis = operand.size(); axis-- > 0;) {
    if (operand[axis] != 1) strides[missing + axis] = stride;
    stride *= static_cast<std::size_t>(operand[axis]);
  }
  const auto total = static_cast<std::size_t>(element_count(out));
  std::vector<std::int64_t> position(out.size(), 0);
  std::size_t source = 0;
  for (std::size_t element = 0; element < total; ++element) {
    visit(element, source);
    for (std::size_t axis = out.size(); axis-- > 0;) {
      source += strides[axis];
      if (++position[axis] < out[axis]) break;
      source -= strides[axis] * static_cast<std::size_t>(out[axis]);
      position[axis] = 0;
    }
  }
}

inline std::vector<Dims> infer_same(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  return {inputs[0]};
}

// For operations whose further inputs are broadcast to the first one, which fixes the shape.
inline std::vector<Dims> infer_like_first(const OperationView& operation, std::span<const Dims> inputs) {
  for (std::size_t index = 1; index < inputs.size(); ++index) {
    if (!operation.has_input(index)) continue;
    const std::array pair = {inputs[0], inputs[index]};
    check_shape(operation, "the result of broadcasting " + to_text(inputs[index]), broadcast_shape(operation, pair),
                inputs[0]);
  }
  return {inputs[0]};
}

}  // namespace goldilocks::graph
