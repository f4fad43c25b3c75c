#pragma once

#include <cstdint>
#include <span>

#include <goldilocks/graph/graph.hpp>

#include "plan.hpp"
#include "plan_builder.hpp"

namespace goldilocks::onednn {

// Makes the plan for inputs of these shapes (in the order of the graph's inputs) and these wanted values. With
// `every_number`, infinities and NaN in inputs and weights come out as the kit's kernels would have it, at the price of
// fused activations, Winograd and some of oneDNN's primitives. Throws GraphError where shapes don't fit, naming the
// layer; and for what oneDNN refuses unexpectedly. Any thread.
Plan compile(ModelContext& context, const graph::GraphView& graph, std::span<const graph::Dims> input_dims,
             std::span<const std::uint32_t> wanted, bool every_number);

}  // namespace goldilocks::onednn
