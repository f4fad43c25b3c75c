#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <goldilocks/abi.h>

namespace goldilocks::graph {

using Dims = std::vector<std::int64_t>;

// An operation or a graph that can't be run as it is. what() begins with the layer and the operation's type.
class GraphError : public std::runtime_error {
 public:
  GraphError(std::string_view layer, std::string_view type, std::string_view problem);
  explicit GraphError(std::string_view problem);  // of the whole graph, or of an operation not yet known

  const std::string& problem() const { return problem_; }  // the message without layer and type

 private:
  std::string problem_;
};

// The product of the dimensions; 1 for a scalar. Throws GraphError for a negative dimension, or for more elements than
// largest_tensor: a size is always checked by this before memory is asked for.
inline constexpr std::int64_t largest_tensor = std::int64_t{1} << 32;
std::int64_t element_count(std::span<const std::int64_t> dims);

std::string to_text(std::span<const std::int64_t> dims);  // "[1, 3, 227, 227]"

// Views of what the interface hands over. Each is a pointer: cheap to copy, valid as long as the graph, any thread.

class ValueView {
 public:
  explicit ValueView(const glk_value& value) : value_(&value) {}

  std::string_view name() const { return value_->name == nullptr ? "" : value_->name; }
  std::int32_t type() const { return value_->type; }
  std::span<const std::int64_t> dims() const { return {value_->dims, value_->rank}; }  // -1: known at run time only
  bool is_constant() const { return value_->data != nullptr; }
  const void* data() const { return value_->data; }  // of a constant; null otherwise
  // The content of a float32 constant; empty for another value.
  std::span<const float> floats() const;

 private:
  const glk_value* value_;
};

// Throws GraphError unless the shape is the one that the graph states for the value, where it states one.
void check_stated_dims(const ValueView& value, std::span<const std::int64_t> dims);

// The same for its type.
void check_stated_type(const ValueView& value, std::int32_t type);

// Typed lookup of attributes. With a fallback, an absent attribute reads as that; without one it must be there. Throws
// GraphError for a missing attribute or one of another type (an integer is taken where a number is asked for).
class OperationView {
 public:
  explicit OperationView(const glk_operation& operation) : operation_(&operation) {}

  std::string_view type() const { return operation_->type; }
  std::string_view layer() const { return operation_->layer == nullptr ? "" : operation_->layer; }

  std::span<const std::uint32_t> inputs() const { return {operation_->inputs, operation_->input_count}; }
  std::span<const std::uint32_t> outputs() const { return {operation_->outputs, operation_->output_count}; }
  bool has_input(std::size_t index) const { return index < inputs().size() && inputs()[index] != GLK_NO_VALUE; }

  bool has_attribute(std::string_view name) const { return find(name) != nullptr; }
  std::int64_t integer(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  double number(std::string_view name) const;
  double number(std::string_view name, double fallback) const;
  std::string_view text(std::string_view name) const;
  std::string_view text(std::string_view name, std::string_view fallback) const;
  std::span<const std::int64_t> integers(std::string_view name) const;
  // The fallback's content must outlive the result.
  std::span<const std::int64_t> integers(std::string_view name, std::span<const std::int64_t> fallback) const;
  std::span<const double> numbers(std::string_view name) const;

  // The graphs inside of control flow.
  std::span<const glk_graph* const> subgraphs() const;

  const glk_operation& raw() const { return *operation_; }
  // Throws GraphError with this operation's layer and type.
  [[noreturn]] void fail(std::string_view problem) const;

 private:
  const glk_attribute* find(std::string_view name) const;
  const glk_attribute& get(std::string_view name, std::int32_t type) const;

  const glk_operation* operation_;
};

// A graph whose indexes, struct sizes and order have been checked, those of its subgraphs included: throws GraphError
// if it is malformed, or nested deeper than deepest_nesting. A subgraph's output may be GLK_NO_VALUE: absent on this
// way.
inline constexpr int deepest_nesting = 100;

class GraphView {
 public:
  explicit GraphView(const glk_graph& graph) : GraphView(graph, 0) {}
  // A view of one of an operation's subgraphs, which has been checked with its graph.
  static GraphView of_subgraph(const OperationView& operation, std::size_t index) {
    return GraphView(operation.subgraphs()[index]);
  }

  std::size_t value_count() const { return graph_->value_count; }
  ValueView value(std::uint32_t index) const { return ValueView(*graph_->values[index]); }
  std::size_t operation_count() const { return graph_->operation_count; }
  OperationView operation(std::size_t index) const { return OperationView(*graph_->operations[index]); }
  std::span<const std::uint32_t> inputs() const { return {graph_->inputs, graph_->input_count}; }
  std::span<const std::uint32_t> outputs() const { return {graph_->outputs, graph_->output_count}; }

  const glk_graph& raw() const { return *graph_; }

 private:
  GraphView(const glk_graph& graph, int depth);
  explicit GraphView(const glk_graph* checked) : graph_(checked) {}

  void check_operation(const glk_operation& operation, std::vector<bool>& given, int depth) const;

  const glk_graph* graph_;
};

}  // namespace goldilocks::graph
