#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <goldilocks/graph/graph.hpp>
#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::graph {

// Computes one operation. Sessions on several threads call the same one at once, so it holds nothing that changes.
using Step = std::function<void(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs)>;

// How a backend takes over operations: called once for each operation as a model is made. It returns its own way to
// compute it, with weights prepared as it likes (constants are values of the graph, which outlives the model), or an
// empty Step to leave the operation to the plain kernel.
using StepMaker = std::function<Step(const GraphView& graph, const OperationView& operation)>;

// A graph made ready to run: each operation has its Step. Immutable; any thread. The graph must outlive it.
class PlainModel {
 public:
  // Throws GraphError for a malformed graph, or an operation that neither `make_step` nor the kit can run.
  explicit PlainModel(const glk_graph& graph, const StepMaker& make_step = {});

  const GraphView& graph() const { return graph_; }
  const Step& step(std::size_t operation) const { return steps_[operation]; }

 private:
  GraphView graph_;
  std::vector<Step> steps_;
};

// Runs a PlainModel; one thread at a time. Shapes follow from the inputs given, so that dimensions left open in the
// graph (-1) may differ from run to run; buffers are laid out once per set of input shapes, each value's memory reused
// when the last operation that reads it has run. The model must outlive it.
class PlainSession {
 public:
  // `wanted`: indexes of values to keep, inner ones too. Throws GraphError for an index beyond the graph.
  PlainSession(const PlainModel& model, std::span<const std::uint32_t> wanted);
  ~PlainSession();
  PlainSession(const PlainSession&) = delete;
  PlainSession& operator=(const PlainSession&) = delete;

  // `inputs` in the order of the graph's inputs. Throws GraphError for a wrong number of inputs, or shapes that don't
  // fit the graph. Afterwards the wanted values can be read, until the next run.
  void run(std::span<const TensorView> inputs);

  // The value at `index` of those wanted. One that is a graph's input or a constant is a view of that.
  TensorView output(std::size_t index) const;

 private:
  struct Plan;
  const PlainModel& model_;
  std::vector<std::uint32_t> wanted_;
  std::unique_ptr<Plan> plan_;
};

// Whether the kit has a plain kernel for this operation, and its attributes and shapes (as far as known) make sense:
// what a backend's `supports` can return for all that it leaves to the kit.
bool is_supported(const glk_graph& graph, const OperationView& operation);

// A float32 tensor of the interface as a view. Throws GraphError for another type or a missing buffer.
TensorView view_of(const glk_tensor& tensor);

}  // namespace goldilocks::graph
