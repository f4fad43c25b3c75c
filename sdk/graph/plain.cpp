// Models and sessions of plain kernels: a session runs a plan (plan.hpp) where all shapes follow from the inputs', and
// interprets the graph (interpreter.hpp) where they are found only as it runs.
#include <algorithm>
#include <utility>

#include <goldilocks/graph/plain.hpp>

#include "interpreter.hpp"
#include "needed.hpp"
#include "plan.hpp"

namespace goldilocks::graph {

namespace {

// For each operation the values that it gives or reads and no later one does, outputs left out.
std::vector<std::vector<std::uint32_t>> last_reads(const GraphView& graph) {
  const std::size_t never = graph.operation_count();
  std::vector<std::size_t> last(graph.value_count(), never);
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    for (const std::uint32_t input : graph.operation(index).inputs()) {
      if (input != GLK_NO_VALUE) last[input] = index;
    }
    for (const std::uint32_t output : graph.operation(index).outputs()) last[output] = index;
  }
  for (const std::uint32_t output : graph.outputs()) {
    if (output != GLK_NO_VALUE) last[output] = never;
  }
  std::vector<std::vector<std::uint32_t>> values(graph.operation_count());
  for (std::uint32_t value = 0; value < last.size(); ++value) {
    if (last[value] != never) values[last[value]].push_back(value);
  }
  return values;
}

}  // namespace

PlainModel::PlainModel(const glk_graph& graph, const StepMaker& make_step, const ShapeRule& custom_shapes,
                       std::uint64_t memory_limit)
    : PlainModel(GraphView(graph), make_step, custom_shapes, memory_limit) {}

PlainModel::PlainModel(const GraphView& graph, const StepMaker& make_step, const ShapeRule& custom_shapes,
                       std::uint64_t memory_limit)
    : graph_(graph), custom_shapes_(custom_shapes), memory_limit_(memory_limit) {
  std::vector<std::vector<std::uint32_t>> last_read = last_reads(graph_);
  const std::vector<bool> needed = needed_operations(graph_, graph_.outputs());
  operations_.resize(graph_.operation_count());
  for (std::size_t index = 0; index < operations_.size(); ++index) {
    const OperationView operation = graph_.operation(index);
    Prepared& prepared = operations_[index];
    prepared.last_read = std::move(last_read[index]);
    prepared.needed = needed[index];
    if (make_step) prepared.step = make_step(graph_, operation);
    if (prepared.step) continue;
    prepared.kernel = find_kernel(operation.type());
    if (prepared.kernel == nullptr) operation.fail("this type of operation is not known");
    if (prepared.kernel->run != nullptr) prepared.step = kernel_step(operation, element_types(graph_, operation));
    for (std::size_t part = 0; part < operation.subgraphs().size(); ++part) {
      prepared.subgraphs.push_back(std::unique_ptr<PlainModel>(
          new PlainModel(GraphView::of_subgraph(operation, part), make_step, custom_shapes, memory_limit)));
    }
  }
}

namespace {

std::vector<Dims> stated_shapes(const GraphView& graph, const OperationView& operation) {
  std::vector<Dims> shapes;
  for (const std::uint32_t output : operation.outputs()) {
    const std::span<const std::int64_t> dims = graph.value(output).dims();
    if (is_open(dims)) operation.fail("the shape of its output is not known: " + to_text(dims));
    shapes.emplace_back(dims.begin(), dims.end());
  }
  return shapes;
}

}  // namespace

std::vector<Dims> PlainModel::shapes(const OperationView& operation, std::span<const Dims> inputs) const {
  if (find_kernel(operation.type()) != nullptr) return infer_shapes(operation, inputs);
  if (!custom_shapes_) return stated_shapes(graph_, operation);
  std::vector<Dims> result = custom_shapes_(operation, inputs);
  if (result.size() != operation.outputs().size()) operation.fail("its backend knows another number of outputs");
  for (const Dims& dims : result) {
    if (element_count(dims) == 0) operation.fail("the output would be empty: " + to_text(dims));
  }
  return result;
}

std::vector<Dims> PlainModel::shapes(const OperationView& operation, std::span<const TensorView> inputs) const {
  if (find_kernel(operation.type()) != nullptr) return infer_shapes(operation, inputs);
  std::vector<Dims> dims;
  for (const TensorView& input : inputs) dims.emplace_back(input.dims.begin(), input.dims.end());
  return shapes(operation, dims);
}

PlainSession::PlainSession(const PlainModel& model, std::span<const std::uint32_t> wanted)
    : model_(model), wanted_(wanted.begin(), wanted.end()) {
  for (const std::uint32_t value : wanted_) {
    if (value >= model.graph().value_count()) throw GraphError("a wanted value lies beyond the graph's values");
  }
  if (needs_interpreter(model.graph())) interpreter_ = std::make_unique<Interpreter>(model, wanted_);
}

PlainSession::~PlainSession() = default;

void PlainSession::run(std::span<const TensorView> inputs) {
  const GraphView& graph = model_.graph();
  if (inputs.size() != graph.inputs().size()) {
    throw GraphError("the graph has " + std::to_string(graph.inputs().size()) + " inputs; " +
                     std::to_string(inputs.size()) + " are given");
  }
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    check_stated_type(graph.value(graph.inputs()[index]), inputs[index].type);
    if (static_cast<std::int64_t>(inputs[index].size()) != element_count(inputs[index].dims)) {
      throw GraphError("an input has another number of values than its shape " + to_text(inputs[index].dims) + " says");
    }
  }
  if (interpreter_ != nullptr) {
    interpreter_->run(inputs);
    return;
  }
  if (plan_ == nullptr || !plan_->fits(inputs)) {
    plan_.reset();  // its memory is free before the next one's is asked for
    plan_ = std::make_unique<Plan>(model_, wanted_, inputs);
  }
  plan_->run(inputs);
}

TensorView PlainSession::output(std::size_t index) const {
  const std::uint32_t value = wanted_.at(index);
  if (interpreter_ == nullptr && plan_ == nullptr) throw GraphError("there is no output before the first run");
  const TensorView view = interpreter_ != nullptr ? interpreter_->value(value) : plan_->value(value);
  if (!view.present()) {
    throw GraphError("the wanted value '" + std::string(model_.graph().value(value).name()) + "' was given by nothing");
  }
  return view;
}

bool is_supported(const glk_graph& graph, const OperationView& operation, const OwnOperations& own) {
  if (own && own(operation)) return true;
  const Kernel* kernel = find_kernel(operation.type());
  if (kernel == nullptr) return false;
  std::vector<Dims> shapes;
  for (const std::uint32_t input : operation.inputs()) {
    if (input == GLK_NO_VALUE) {
      shapes.emplace_back();
      continue;
    }
    if (input >= graph.value_count) return false;
    const ValueView value(*graph.values[input]);
    shapes.emplace_back(value.dims().begin(), value.dims().end());
  }
  for (const glk_graph* subgraph : operation.subgraphs()) {
    for (std::uint64_t index = 0; index < subgraph->operation_count; ++index) {
      if (!is_supported(*subgraph, OperationView(*subgraph->operations[index]), own)) return false;
    }
  }
  ElementTypes types;
  for (const std::uint32_t input : operation.inputs()) {
    types.inputs.push_back(input == GLK_NO_VALUE ? 0 : graph.values[input]->type);
  }
  for (const std::uint32_t output : operation.outputs()) {
    if (output >= graph.value_count) return false;
    types.outputs.push_back(graph.values[output]->type);
  }
  if (!kernel->is_control_flow() && !has_kernel(operation, types)) return false;
  try {
    infer_shapes(operation, shapes);
  } catch (const GraphError&) {
    return false;
  }
  return true;
}

TensorView view_of(const glk_tensor& tensor) {
  if (element_size(tensor.type) == 0) throw GraphError("an input has a type that the kit doesn't have");
  if (tensor.rank != 0 && tensor.dims == nullptr) throw GraphError("an input has no data");
  const std::span<const std::int64_t> dims(tensor.dims, tensor.rank);
  static constexpr std::uint64_t nothing = 0;  // a list without elements needs no memory of its own
  const bool empty = element_count(dims) == 0;
  if (tensor.data == nullptr && !empty) throw GraphError("an input has no data");
  return view_of(tensor.type, dims, tensor.data == nullptr ? &nothing : tensor.data);
}

}  // namespace goldilocks::graph
