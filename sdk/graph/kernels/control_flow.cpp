// branch, loop, loop_test, loop_break and loop_continue: which graphs run, and how often. The session runs them (see
// interpreter.cpp); here are their shapes, as far as they are known before.
#include <algorithm>
#include <array>
#include <optional>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

constexpr std::size_t any_number = ~std::size_t{0};

void check_scalar(const OperationView& operation, std::size_t index, std::span<const Dims> inputs) {
  if (!operation.has_input(index)) return;
  const Dims& dims = inputs[index];
  if (std::ranges::all_of(dims, [](std::int64_t size) { return size == 1 || size == -1; })) return;
  operation.fail("the condition or count has shape " + to_text(dims) + "; it must be one number");
}

// What several ways may give for one value: sizes that differ are open.
class JoinedDims {
 public:
  explicit JoinedDims(const OperationView& operation) : operation_(operation) {}

  void add(std::span<const std::int64_t> dims) {
    if (!dims_) dims_.emplace(dims.begin(), dims.end());
    if (dims_->size() != dims.size()) {
      operation_.fail("a value has " + to_text(*dims_) + " on one way and " + to_text(dims) +
                      " on another: its rank must not change");
    }
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      if ((*dims_)[axis] != dims[axis]) (*dims_)[axis] = -1;
    }
  }
  void add(const GraphView& graph, std::uint32_t value) {
    if (value != GLK_NO_VALUE) add(graph.value(value).dims());
  }
  Dims get() const {
    if (!dims_) operation_.fail("one of its results is given on no way");
    return *dims_;
  }

 private:
  const OperationView& operation_;
  std::optional<Dims> dims_;
};

std::vector<Dims> infer_branch(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, any_number);
  check_scalar(operation, 0, inputs);
  if (operation.subgraphs().size() != 2) operation.fail("needs two subgraphs");
  const std::array ways = {GraphView::of_subgraph(operation, 0), GraphView::of_subgraph(operation, 1)};
  for (const GraphView& way : ways) {
    if (way.inputs().size() + 1 != inputs.size() || way.outputs().size() != operation.outputs().size()) {
      operation.fail("a subgraph has another number of inputs or outputs");
    }
  }
  std::vector<Dims> shapes;
  for (std::size_t output = 0; output < operation.outputs().size(); ++output) {
    JoinedDims joined(operation);
    for (const GraphView& way : ways) joined.add(way, way.outputs()[output]);
    shapes.push_back(joined.get());
  }
  return shapes;
}

// The variables' shapes wherever an iteration of this loop may end.
void add_ends(const GraphView& graph, std::vector<JoinedDims>& variables) {
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const OperationView operation = graph.operation(index);
    if (operation.type() == "branch") {
      for (std::size_t way = 0; way < operation.subgraphs().size(); ++way) {
        add_ends(GraphView::of_subgraph(operation, way), variables);
      }
    }
    const std::size_t first = operation.type() == "loop_test" ? 1 : 0;
    if (first == 0 && operation.type() != "loop_break" && operation.type() != "loop_continue") continue;
    if (operation.inputs().size() != first + variables.size()) {
      operation.fail("has another number of variables than the loop around it");
    }
    for (std::size_t variable = 0; variable < variables.size(); ++variable) {
      variables[variable].add(graph, operation.inputs()[first + variable]);
    }
  }
}

std::vector<Dims> infer_loop(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 0, any_number);
  if (inputs.empty()) operation.fail("the place of its count is missing");
  check_scalar(operation, 0, inputs);
  if (operation.integer("bound") < 1) operation.fail("bound must be at least 1");
  if (operation.subgraphs().size() != 1) operation.fail("needs one subgraph");
  const GraphView body = GraphView::of_subgraph(operation, 0);
  const std::int64_t carried = operation.integer("carried");
  const std::size_t variables = operation.outputs().size();
  if (carried < 0 || static_cast<std::size_t>(carried) > variables ||
      static_cast<std::size_t>(carried) + 1 > inputs.size()) {
    operation.fail("carried can't be " + std::to_string(carried));
  }
  if (body.inputs().size() + 1 != inputs.size() || body.outputs().size() != variables) {
    operation.fail("the subgraph has another number of inputs or outputs");
  }
  std::vector<JoinedDims> joined(variables, JoinedDims(operation));
  for (std::size_t variable = 0; variable < static_cast<std::size_t>(carried); ++variable) {
    joined[variable].add(inputs[variable + 1]);
  }
  add_ends(body, joined);
  std::vector<Dims> shapes;
  for (std::size_t variable = 0; variable < variables; ++variable) {
    joined[variable].add(body, body.outputs()[variable]);
    shapes.push_back(joined[variable].get());
  }
  return shapes;
}

std::vector<Dims> infer_loop_test(const OperationView& operation, std::span<const Dims> inputs) {
  if (inputs.empty()) operation.fail("the place of its condition is missing");
  check_scalar(operation, 0, inputs);
  return {};
}

std::vector<Dims> infer_nothing(const OperationView&, std::span<const Dims>) { return {}; }

constexpr std::array list = {Kernel{"branch", infer_branch, nullptr}, Kernel{"loop", infer_loop, nullptr},
                             Kernel{"loop_break", infer_nothing, nullptr},
                             Kernel{"loop_continue", infer_nothing, nullptr},
                             Kernel{"loop_test", infer_loop_test, nullptr}};

}  // namespace

std::span<const Kernel> control_flow_kernels() { return list; }

}  // namespace goldilocks::graph
