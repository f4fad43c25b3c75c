#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <goldilocks/graph/graph.hpp>

// Graphs whose values are not float32: float64, int64 and text. They are what the small models around a network become
// (scalers, encoders, linear models, ...); all sizes may be found only as they run, and may be 0. The operations are in
// docs/operations.md, "Features".
namespace goldilocks::graph {

struct TypedTensor {
  Dims dims;
  // Row-major; one element for each place.
  std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>> values;

  std::int32_t type() const;  // GLK_FLOAT32, GLK_FLOAT64, GLK_INT64 or GLK_STRING
  std::size_t size() const;
};

// Whether the graph holds a value of another type than float32, and so is run as these are.
bool is_typed(const GraphView& graph);

// Whether the kit has the operation.
bool is_typed_operation(std::string_view type);

// The names of these operations, sorted.
std::vector<std::string_view> typed_operations();

// A typed graph made ready to run. Immutable; run() may be called from any thread. The graph must outlive it.
class TypedModel {
 public:
  // Throws GraphError for a malformed graph, or an operation that the kit doesn't have.
  explicit TypedModel(const glk_graph& graph);

  // The wanted values, in their order. Throws GraphError for inputs of another type or rank than stated, and for values
  // that an operation can't take (an unknown category, lists of different lengths).
  std::vector<TypedTensor> run(std::span<const TypedTensor> inputs, std::span<const std::uint32_t> wanted) const;

 private:
  GraphView graph_;
  std::vector<TypedTensor> constants_;  // by value; empty for others
};

// From and to the interface's tensors; float32, float64, int64 and text. Throws GraphError for another type.
TypedTensor copy_tensor(std::int32_t type, std::span<const std::int64_t> dims, const void* data);

}  // namespace goldilocks::graph
