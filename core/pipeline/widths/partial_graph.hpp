#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <goldilocks/abi.h>

namespace goldilocks::pipeline {

// How many operations at the beginning of two graphs of one structure are the same: the first one that reads a constant
// with another content doesn't count any more, nor does any behind it. 0 where the structures differ. Operations with
// subgraphs count as different.
std::size_t common_operations(const glk_graph& a, const glk_graph& b);

// Some operations of a graph as a graph of its own, whose inputs and outputs are given. The other graph must outlive
// it; values keep their indexes. Immutable; it stays where it is, as its graph points into it.
class PartialGraph {
 public:
  PartialGraph(const glk_graph& whole, std::size_t begin, std::size_t end, std::vector<std::uint32_t> inputs,
               std::vector<std::uint32_t> outputs);
  PartialGraph(const PartialGraph&) = delete;
  PartialGraph& operator=(const PartialGraph&) = delete;

  const glk_graph& graph() const { return graph_; }

 private:
  std::vector<std::uint32_t> inputs_, outputs_;
  glk_graph graph_{};
};

// The values that are known before the operation `cut` and read from there on or among `wanted`, in rising order.
std::vector<std::uint32_t> values_across(const glk_graph& graph, std::size_t cut,
                                         const std::vector<std::uint32_t>& wanted);

// Whether all these values are float32 of known dimensions, so that they can be passed from one graph to another.
bool can_be_passed(const glk_graph& graph, const std::vector<std::uint32_t>& values);

}  // namespace goldilocks::pipeline
