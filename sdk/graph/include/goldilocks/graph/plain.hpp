#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <goldilocks/graph/graph.hpp>
#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::graph {

// How a backend takes over operations: called once for each operation as a model is made. It returns its own way to
// compute it, with weights prepared as it likes (constants are values of the graph, which outlives the model), or an
// empty Step to leave the operation to the plain kernel.
using StepMaker = std::function<Step(const GraphView& graph, const OperationView& operation)>;

// How the outputs' shapes of operations that the kit doesn't know ("custom:...") follow from those of their inputs,
// which are all known: all sizes, none of them -1. Called as a graph runs, by several threads at once. Throws
// GraphError (OperationView::fail) for inputs that don't fit. Where a backend gives no such rule, outputs have the
// shapes that the graph states, which must be known then.
using ShapeRule = std::function<std::vector<Dims>(const OperationView& operation, std::span<const Dims> inputs)>;
// How many bytes the values that a run computes may take at once, where nothing else is said. A run that would need
// more fails before it takes them.
inline constexpr std::uint64_t default_memory_limit = std::uint64_t{8} << 30U;

// Throws GraphError that names the operation at which the values alive take more than `limit` bytes. `dims` has the
// shape of every value, empty ones for those that nothing gives; `wanted` are kept to the end. Constants and the
// graph's inputs don't count.
void check_memory(const GraphView& graph, std::span<const Dims> dims, std::span<const std::uint32_t> wanted,
                  std::uint64_t limit);

// A graph made ready to run: each operation has its Step. Immutable; any thread. The graph must outlive it.
class PlainModel {
 public:
  // Throws GraphError for a malformed graph, or an operation that neither `make_step` nor the kit can run. Control flow
  // is run by the session; `make_step` is asked for the operations inside of it too. `memory_limit` is in bytes, for
  // each session.
  explicit PlainModel(const glk_graph& graph, const StepMaker& make_step = {}, const ShapeRule& custom_shapes = {},
                      std::uint64_t memory_limit = default_memory_limit);

  const GraphView& graph() const { return graph_; }
  std::uint64_t memory_limit() const { return memory_limit_; }

  // What sessions need of an operation.
  struct Prepared {
    Step step;                                           // empty for control flow, and for kernels that produce
    const Kernel* kernel = nullptr;                      // null where a backend has taken over
    std::vector<std::unique_ptr<PlainModel>> subgraphs;  // of control flow
    std::vector<std::uint32_t> last_read;                // values of no more use after it, the graph's outputs left out
    bool needed = true;                                  // by one of the graph's outputs
  };
  const Prepared& operation(std::size_t index) const { return operations_[index]; }

  // The shapes of an operation's outputs: by the kit's rules, or the backend's. Throws GraphError.
  std::vector<Dims> shapes(const OperationView& operation, std::span<const Dims> inputs) const;
  std::vector<Dims> shapes(const OperationView& operation, std::span<const TensorView> inputs) const;

 private:
  PlainModel(const GraphView& graph, const StepMaker& make_step, const ShapeRule& custom_shapes,
             std::uint64_t memory_limit);

  GraphView graph_;
  ShapeRule custom_shapes_;
  std::uint64_t memory_limit_;
  std::vector<Prepared> operations_;
};

// Whether shapes are found only as the graph runs: it has control flow, or operations whose shapes depend on values
// that follow neither from the inputs' shapes nor from constants.
bool needs_interpreter(const GraphView& graph);

// What follows from the shapes of a graph's inputs, for one that needs no interpreter.
struct InferredGraph {
  std::vector<Dims> dims;  // by value; empty for those that nothing gives
  // By value: what small operations on shapes and constants alone have given, which need not run again. Null for
  // others, constants of the graph among them.
  std::vector<std::shared_ptr<const OwnedTensor>> known;

  bool is_known(const OperationView& operation) const;  // all that it gives
};

// The shapes of an operation's outputs, for inputs of these shapes.
using InferShapes = std::function<std::vector<Dims>(const OperationView& operation, std::span<const Dims> inputs)>;

// `is_needed` leaves operations out. Throws GraphError for shapes that don't fit the graph.
InferredGraph infer_graph(const GraphView& graph, std::span<const Dims> input_dims, const InferShapes& infer,
                          const std::function<bool(std::size_t operation)>& is_needed = {});

class Interpreter;
class Plan;

// Runs a PlainModel; one thread at a time. Shapes follow from the inputs given, so that dimensions left open in the
// graph (-1) may differ from run to run. Where they follow from the inputs' shapes alone, buffers are laid out once per
// set of those, each value's memory reused when the last operation that reads it has run; else they are taken as the
// graph runs. The model must outlive it.
class PlainSession {
 public:
  // `wanted`: indexes of values to keep, inner ones too. Throws GraphError for an index beyond the graph.
  PlainSession(const PlainModel& model, std::span<const std::uint32_t> wanted);
  ~PlainSession();
  PlainSession(const PlainSession&) = delete;
  PlainSession& operator=(const PlainSession&) = delete;

  // `inputs` in the order of the graph's inputs; they must stay valid while outputs are read. Throws GraphError for a
  // wrong number of inputs, shapes that don't fit the graph, and what only shows as it runs: a value that the ways
  // taken did not give, a loop beyond its bound, values that need more than the model's memory limit. Afterwards the
  // wanted values can be read, until the next run.
  void run(std::span<const TensorView> inputs);

  // The value at `index` of those wanted. One that is a graph's input or a constant is a view of that. Throws
  // GraphError before the first run, and for a value that the run gave nothing for.
  TensorView output(std::size_t index) const;

 private:
  const PlainModel& model_;
  std::vector<std::uint32_t> wanted_;
  std::unique_ptr<Plan> plan_;                // made at the first run
  std::unique_ptr<Interpreter> interpreter_;  // in the place of a plan
};

// Whether the kit has a plain kernel for this operation, and its attributes and shapes (as far as known) make sense:
// what a backend's `supports` can return for all that it leaves to the kit. `own` says which operations the backend
// runs itself, those inside of control flow included; they need no kernel.
using OwnOperations = std::function<bool(const OperationView& operation)>;
bool is_supported(const glk_graph& graph, const OperationView& operation, const OwnOperations& own = {});

// A tensor of the interface as a view. Throws GraphError for a type that the kit doesn't have, or a missing buffer.
TensorView view_of(const glk_tensor& tensor);

}  // namespace goldilocks::graph
