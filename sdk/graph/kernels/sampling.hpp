#pragma once

#include <span>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

// The operation `sample`, for the list of those that resize planes.
namespace goldilocks::graph {

std::vector<Dims> infer_sample(const OperationView& operation, std::span<const Dims> inputs);
void run_sample(const OperationView& operation, std::span<const TensorView> inputs,
                std::span<const MutableTensorView> outputs);

}  // namespace goldilocks::graph
