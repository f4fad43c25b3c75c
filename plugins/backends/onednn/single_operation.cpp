#include "single_operation.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "plan_runner.hpp"
#include "usage.hpp"

namespace goldilocks::onednn {
namespace {

constexpr std::array<std::string_view, 5> types = {"convolution", "deconvolution", "inner_product", "lstm", "matmul"};

// Multiplications from which a plan, which takes some 0.1 ms to be made for each new set of shapes, pays off.
constexpr double least_work = 1e6;

// An operation as a graph of its own: its values, each once, with the inputs before the outputs.
class OperationGraph {
 public:
  OperationGraph(const graph::GraphView& graph, const graph::OperationView& operation) : operation_(operation.raw()) {
    for (const std::uint32_t input : operation.inputs()) {
      inputs_.push_back(input == GLK_NO_VALUE ? GLK_NO_VALUE : add(graph, input));
    }
    for (std::uint32_t index = 0; index < values_.size(); ++index) {
      if (values_[index]->data == nullptr) graph_inputs_.push_back(index);
    }
    for (const std::uint32_t output : operation.outputs()) outputs_.push_back(add(graph, output));
    operation_.inputs = inputs_.data();
    operation_.outputs = outputs_.data();
    graph_ = {sizeof(glk_graph),
              0,
              values_.data(),
              values_.size(),
              &only_,
              1,
              graph_inputs_.data(),
              graph_inputs_.size(),
              outputs_.data(),
              outputs_.size()};
  }
  OperationGraph(const OperationGraph&) = delete;
  OperationGraph& operator=(const OperationGraph&) = delete;

  const glk_graph& graph() const { return graph_; }
  const std::vector<std::uint32_t>& outputs() const { return outputs_; }

  // Of the operation's inputs those that are the graph's, each once, in its order.
  std::vector<graph::TensorView> graph_inputs(std::span<const graph::TensorView> inputs) const {
    std::vector<graph::TensorView> result(graph_inputs_.size());
    for (std::size_t index = 0; index < inputs.size(); ++index) {
      const auto found = std::ranges::find(graph_inputs_, inputs_[index]);
      if (found != graph_inputs_.end()) result[static_cast<std::size_t>(found - graph_inputs_.begin())] = inputs[index];
    }
    return result;
  }

 private:
  std::uint32_t add(const graph::GraphView& graph, std::uint32_t value) {
    const auto found = std::ranges::find(sources_, value);
    if (found != sources_.end()) return static_cast<std::uint32_t>(found - sources_.begin());
    sources_.push_back(value);
    values_.push_back(graph.raw().values[value]);
    return static_cast<std::uint32_t>(sources_.size() - 1);
  }

  glk_operation operation_;
  const glk_operation* only_ = &operation_;
  std::vector<std::uint32_t> sources_;  // the values' indexes in the whole graph
  std::vector<const glk_value*> values_;
  std::vector<std::uint32_t> inputs_, outputs_, graph_inputs_;
  glk_graph graph_;
};

// One operation as a model, with runners that wait for whichever thread comes. Any thread.
class SingleOperation {
 public:
  SingleOperation(const graph::GraphView& graph, const graph::OperationView& operation, bool winograd,
                  std::uint64_t memory_limit)
      : operation_(operation), graph_(graph, operation), model_(graph_.graph(), winograd, memory_limit) {}

  void run(std::span<const graph::TensorView> inputs, std::span<const graph::MutableTensorView> outputs) {
    if (work(inputs, outputs) < least_work)
      return graph::find_kernel(operation_.type())->run(operation_, inputs, outputs);
    std::unique_ptr<PlanRunner> runner = take();
    try {
      runner->run(graph_.graph_inputs(inputs));
    } catch (const dnnl::error& error) {
      if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
      operation_.fail("oneDNN: " + std::string(error.what()));
    }
    for (std::size_t index = 0; index < outputs.size(); ++index) {
      std::ranges::copy(runner->result(index).values, outputs[index].values.begin());
    }
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(runner));
  }

 private:
  // Multiplications, at least: each value of the result takes as many as a row of the second input has numbers, or, of
  // matrices, a row of the first. A recurrent layer does that for each step of its sequence.
  double work(std::span<const graph::TensorView> inputs, std::span<const graph::MutableTensorView> outputs) const {
    const auto size = [](const auto& tensor) { return static_cast<double>(tensor.values.size()); };
    if (operation_.type() == "matmul") {
      const bool transposed = operation_.integer("transpose_a", 0) != 0 && inputs[0].dims.size() > 1;
      const auto& dims = inputs[0].dims;
      return size(outputs[0]) * static_cast<double>(transposed ? dims[dims.size() - 2] : dims.back());
    }
    if (operation_.type() == "lstm")
      return size(inputs[0]) * size(inputs[1]) / static_cast<double>(inputs[1].dims.back());
    return size(outputs[0]) * size(inputs[1]) / static_cast<double>(inputs[1].dims[0]);
  }

  std::unique_ptr<PlanRunner> take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<PlanRunner> runner = std::move(free_.back());
        free_.pop_back();
        return runner;
      }
    }
    return std::make_unique<PlanRunner>(model_, graph_.outputs());
  }

  graph::OperationView operation_;
  OperationGraph graph_;
  OnednnModel model_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PlanRunner>> free_;  // guarded by mutex_
};

}  // namespace

graph::StepMaker make_single_operations(bool winograd, std::uint64_t memory_limit) {
  return [=](const graph::GraphView& graph, const graph::OperationView& operation) -> graph::Step {
    if (std::ranges::find(types, operation.type()) == types.end() || !is_float32(graph, operation)) return {};
    const auto single = std::make_shared<SingleOperation>(graph, operation, winograd, memory_limit);
    return [single](std::span<const graph::TensorView> inputs, std::span<const graph::MutableTensorView> outputs) {
      single->run(inputs, outputs);
    };
  };
}

}  // namespace goldilocks::onednn
