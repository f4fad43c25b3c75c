#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "core/graph/graph_builder.hpp"

namespace goldilocks::lowering {

// A graph while a pass changes it: who gives each value, and who reads it. The graph must outlive it, and is changed by
// it alone.
class Rewriter {
 public:
  explicit Rewriter(GraphBuilder& graph);

  GraphBuilder& graph() const { return graph_; }
  std::size_t operation_count() const { return graph_.operation_count(); }
  graph::OperationView operation(std::size_t index) const { return graph_.operation(index); }

  // The operation that gives the value: any, or one of this type. None for inputs and constants.
  std::optional<std::size_t> giver(std::uint32_t value) const;
  std::optional<graph::OperationView> giver(std::uint32_t value, std::string_view type) const;
  // Whether one operation reads the value, once, and it is no output.
  bool has_sole_reader(std::uint32_t value) const;

  bool is_float(std::uint32_t value) const { return graph_.type(value) == GLK_FLOAT32; }
  bool is_open(std::uint32_t value) const { return graph::is_open(graph_.dims(value)); }
  // The number that a float32 constant of one element holds.
  std::optional<double> scalar(std::uint32_t value) const;

  // As the functions of the graph.
  void replace(std::size_t index, const std::string& type, std::vector<std::uint32_t> inputs, Attributes attributes);
  std::uint32_t insert(std::size_t index, const std::string& type, std::vector<std::uint32_t> inputs,
                       Attributes attributes, std::int32_t result);
  void redirect(std::uint32_t value, std::uint32_t other);

 private:
  void count();

  GraphBuilder& graph_;
  std::vector<std::optional<std::size_t>> givers_;  // by value
  std::vector<std::size_t> reads_;                  // by value
};

}  // namespace goldilocks::lowering
