#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <goldilocks/graph/graph.hpp>

namespace goldilocks::graph {

// By operation: whether one of the wanted values depends on it, or it is control flow, which may end what is around it.
std::vector<bool> needed_operations(const GraphView& graph, std::span<const std::uint32_t> wanted);

}  // namespace goldilocks::graph
