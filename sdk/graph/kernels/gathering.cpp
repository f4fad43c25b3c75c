// gather, gather_nd and gather_along_axis: values from the places that indexes name.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "kernels/families.hpp"
#include "kernels/indexing.hpp"
#include "kernels/takes.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

std::size_t axis_of(const OperationView& operation, std::size_t rank) {
  return resolve_axis(operation, operation.integer("axis"), rank);
}

// Copies runs from the first input.
auto copier(Inputs inputs, Outputs outputs) {
  return [size = element_size(inputs[0].type), x = static_cast<const std::byte*>(inputs[0].bytes()),
          y = static_cast<std::byte*>(outputs[0].bytes())](std::size_t to, std::size_t from, std::size_t run) {
    std::memcpy(y + to * size, x + from * size, run * size);
  };
}

void run_gather(const OperationView& operation, Inputs inputs, Outputs outputs) {
  for_each_indexed(operation, inputs[0].dims, axis_of(operation, inputs[0].dims.size()), inputs[1],
                   copier(inputs, outputs));
}

std::vector<Dims> infer_gather(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  return {indexed_shape(inputs[0], axis_of(operation, inputs[0].size()), inputs[1])};
}

void run_gather_nd(const OperationView& operation, Inputs inputs, Outputs outputs) {
  for_each_pointed(operation, inputs[0].dims, inputs[1], copier(inputs, outputs));
}

std::vector<Dims> infer_gather_nd(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  return {pointed_shape(operation, inputs[0], inputs[1])};
}

void run_gather_along_axis(const OperationView& operation, Inputs inputs, Outputs outputs) {
  for_each_along_axis(operation, inputs[0].dims, axis_of(operation, inputs[0].dims.size()), inputs[1],
                      copier(inputs, outputs));
}

std::vector<Dims> infer_gather_along_axis(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  check_along_axis(operation, inputs[0], axis_of(operation, inputs[0].size()), inputs[1]);
  return {inputs[1]};
}

constexpr std::array list = {
    Kernel{"gather", infer_gather, run_gather, nullptr, nullptr, takes_placed},
    Kernel{"gather_along_axis", infer_gather_along_axis, run_gather_along_axis, nullptr, nullptr, takes_placed},
    Kernel{"gather_nd", infer_gather_nd, run_gather_nd, nullptr, nullptr, takes_placed},
};

}  // namespace

std::span<const Kernel> gathering_kernels() { return list; }

}  // namespace goldilocks::graph
