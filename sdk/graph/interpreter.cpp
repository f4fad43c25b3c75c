// Control flow is functional: a subgraph sees its inputs alone, and what it changes comes out of it as outputs.
//
//      branch (condition, captured ...)               runs one of two graphs on the captured values
//      loop (count?, carried ..., captured ...)       runs its body again and again; the variables go round
//        loop_test (condition?, variables ...)        in the body: ends the loop at a zero condition, or at the count
//        loop_break, loop_continue (variables ...)    in the body, or in a branch of it
//
// A value that the way taken has not given is absent. Control flow passes it on; where another operation reads it, that
// is an error.
#include "interpreter.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "kernels/numbers.hpp"
#include "memory.hpp"
#include "needed.hpp"

namespace goldilocks::graph {
namespace {

// Of a magnitude above 1e-6, as in Core ML: what is not a number doesn't hold.
bool is_true(const OperationView& operation, const TensorView& condition) {
  const std::vector<double> numbers = numbers_of(condition);
  if (!condition.present() || numbers.size() != 1) operation.fail("its condition is not one number");
  return std::fabs(numbers[0]) > 1e-6;
}

// Rounded down; a negative one counts as 0.
std::uint64_t whole_count(const OperationView& operation, const TensorView& count) {
  const std::vector<double> numbers = numbers_of(count);
  if (!count.present() || numbers.size() != 1 || std::isnan(numbers[0])) operation.fail("its count is not one number");
  const double floor = std::floor(numbers[0]);
  if (floor >= 9e18) return std::numeric_limits<std::uint64_t>::max();
  return floor < 0 ? 0 : static_cast<std::uint64_t>(floor);
}

}  // namespace

Interpreter::Interpreter(const PlainModel& model, std::span<const std::uint32_t> wanted)
    : model_(model), wanted_(model.graph().value_count(), false), needed_(needed_operations(model.graph(), wanted)) {
  for (const std::uint32_t value : wanted) wanted_[value] = true;
}

TensorView Interpreter::value(std::uint32_t index) const {
  if (values_.empty()) throw GraphError("there is no output before the first run");
  return values_[index].view();
}

void Interpreter::run(std::span<const TensorView> inputs) {
  draws_.clear();
  values_.clear();
  Tensors values = start(model_);
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    const std::uint32_t target = model_.graph().inputs()[index];
    values[target] = {inputs[index].type, Dims(inputs[index].dims.begin(), inputs[index].dims.end()),
                      inputs[index].bytes(), nullptr};
    check_stated_dims(model_.graph().value(target), values[target].dims);
  }
  run_graph(model_, values, wanted_, nullptr);
  values_ = std::move(values);
}

// The constants; all else is absent.
Interpreter::Tensors Interpreter::start(const PlainModel& model) {
  const GraphView& graph = model.graph();
  Tensors values(graph.value_count());
  for (std::uint32_t index = 0; index < values.size(); ++index) {
    const ValueView value = graph.value(index);
    if (value.is_constant()) {
      values[index] = {value.type(), Dims(value.dims().begin(), value.dims().end()), value.data(), nullptr};
    }
  }
  return values;
}

void Interpreter::check_room(const OperationView& operation, std::uint64_t bytes) const {
  if (bytes_ + bytes > model_.memory_limit()) operation.fail(memory_text(bytes_ + bytes, model_.memory_limit()));
}

// An output of the shape, in memory that goes when the last tensor in it goes.
Interpreter::Tensor Interpreter::make_tensor(const OperationView& operation, std::int32_t type, const Dims& dims) {
  const std::uint64_t bytes = tensor_bytes(type, dims);
  check_room(operation, bytes);
  Memory allocated = allocate(bytes);
  bytes_ += bytes;
  const std::shared_ptr<std::byte> memory(allocated.release(), [this, bytes](std::byte* freed) {
    bytes_ -= bytes;
    FreeMemory()(freed);
  });
  return {type, dims, memory.get(), memory};
}

// What an operation gives whose results' sizes only computing them tells.
void Interpreter::produce(const PlainModel& model, std::size_t index, std::span<const TensorView> inputs,
                          Tensors& values) {
  const OperationView operation = model.graph().operation(index);
  std::vector<std::int32_t> types;
  for (const std::uint32_t output : operation.outputs()) types.push_back(model.graph().value(output).type());
  std::vector<OwnedTensor> results = model.operation(index).kernel->produce(operation, inputs, types);
  if (results.size() != operation.outputs().size()) operation.fail("has another number of outputs than it gives");
  for (std::size_t output = 0; output < results.size(); ++output) {
    const ValueView value = model.graph().value(operation.outputs()[output]);
    check_stated_type(value, results[output].type);
    check_stated_dims(value, results[output].dims);
    const std::uint64_t bytes = results[output].memory.size() * sizeof(std::uint64_t);
    check_room(operation, bytes);
    auto kept = std::make_unique<OwnedTensor>(std::move(results[output]));
    bytes_ += bytes;
    const std::shared_ptr<OwnedTensor> owned(kept.release(), [this, bytes](const OwnedTensor* freed) {
      bytes_ -= bytes;
      delete freed;
    });
    values[operation.outputs()[output]] = {owned->type, owned->dims, owned->memory.data(), owned};
  }
}

bool Interpreter::is_needed(const PlainModel& model, std::size_t operation) const {
  return &model == &model_ ? needed_[operation] : model.operation(operation).needed;
}

// `kept`: values that stay to the end; empty for none but the graph's outputs.
Interpreter::End Interpreter::run_graph(const PlainModel& model, Tensors& values, const std::vector<bool>& kept,
                                        Loop* loop) {
  const GraphView& graph = model.graph();
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const OperationView operation = graph.operation(index);
    const PlainModel::Prepared& prepared = model.operation(index);
    if (prepared.kernel == nullptr || !prepared.kernel->is_control_flow()) {
      if (is_needed(model, index)) run_step(model, index, values);
    } else if (operation.type() == "branch") {
      const End end = run_branch(model, index, values, loop);
      if (end != End::reached) return end;
    } else if (operation.type() == "loop") {
      run_loop(model, index, values);
    } else {
      if (loop == nullptr) operation.fail("stands in no loop");
      const bool test = operation.type() == "loop_test";
      const bool goes_on = test && loop->iteration < loop->limit &&
                           (!operation.has_input(0) || is_true(operation, values[operation.inputs()[0]].view()));
      if (goes_on) continue;
      end_iteration(operation, test ? 1 : 0, values, *loop);
      return operation.type() == "loop_continue" ? End::iteration_ended : End::loop_ended;
    }
    for (const std::uint32_t value : prepared.last_read) {
      if (kept.empty() || !kept[value]) values[value] = {};
    }
  }
  return End::reached;
}

void Interpreter::run_step(const PlainModel& model, std::size_t index, Tensors& values) {
  const OperationView operation = model.graph().operation(index);
  std::vector<TensorView> inputs;
  for (const std::uint32_t input : operation.inputs()) {
    inputs.push_back(input == GLK_NO_VALUE ? TensorView() : values[input].view());
    if (input != GLK_NO_VALUE && !inputs.back().present()) {
      operation.fail("reads '" + std::string(model.graph().value(input).name()) +
                     "', which nothing has given on the way here");
    }
  }
  const PlainModel::Prepared& prepared = model.operation(index);
  if (!prepared.step) return produce(model, index, inputs, values);
  const std::vector<Dims> shapes = model.shapes(operation, inputs);
  std::vector<MutableTensorView> outputs;
  for (std::size_t output = 0; output < shapes.size(); ++output) {
    const std::uint32_t target = operation.outputs()[output];
    check_stated_dims(model.graph().value(target), shapes[output]);
    const std::int32_t type = model.graph().value(target).type();
    values[target] = make_tensor(operation, type, shapes[output]);
    outputs.push_back(mutable_view_of(type, values[target].dims, values[target].memory.get()));
  }
  if (prepared.kernel != nullptr && prepared.kernel->run_draw != nullptr) {
    prepared.kernel->run_draw(operation, inputs, outputs, draws_[&operation.raw()]++);
  } else {
    prepared.step(inputs, outputs);
  }
}

Interpreter::End Interpreter::run_branch(const PlainModel& model, std::size_t index, Tensors& values, Loop* loop) {
  const OperationView operation = model.graph().operation(index);
  const std::span<const std::uint32_t> inputs = operation.inputs();
  const PlainModel& way = *model.operation(index).subgraphs[is_true(operation, values[inputs[0]].view()) ? 0 : 1];
  Tensors inner = start(way);
  for (std::size_t input = 1; input < inputs.size(); ++input) {
    if (inputs[input] != GLK_NO_VALUE) inner[way.graph().inputs()[input - 1]] = values[inputs[input]];
  }
  const End end = run_graph(way, inner, {}, loop);
  if (end != End::reached) return end;
  for (std::size_t output = 0; output < operation.outputs().size(); ++output) {
    const std::uint32_t source = way.graph().outputs()[output];
    if (source == GLK_NO_VALUE || !inner[source].present()) continue;
    check_stated_type(model.graph().value(operation.outputs()[output]), inner[source].type);
    check_stated_dims(model.graph().value(operation.outputs()[output]), inner[source].dims);
    values[operation.outputs()[output]] = inner[source];
  }
  return End::reached;
}

// The variables become the operation's inputs from `first` on; an absent one stays as it was.
void Interpreter::end_iteration(const OperationView& operation, std::size_t first, const Tensors& values, Loop& loop) {
  const std::span<const std::uint32_t> inputs = operation.inputs();
  for (std::size_t variable = 0; variable < loop.variables.size(); ++variable) {
    const std::uint32_t source = inputs[first + variable];
    if (source != GLK_NO_VALUE && values[source].present()) loop.variables[variable] = values[source];
  }
}

void Interpreter::run_loop(const PlainModel& model, std::size_t index, Tensors& values) {
  const OperationView operation = model.graph().operation(index);
  const std::span<const std::uint32_t> inputs = operation.inputs();
  const PlainModel& body = *model.operation(index).subgraphs[0];
  const std::span<const std::uint32_t> body_inputs = body.graph().inputs();
  const auto carried = static_cast<std::size_t>(operation.integer("carried"));
  const auto bound = static_cast<std::uint64_t>(operation.integer("bound"));
  Loop loop;
  loop.limit = operation.has_input(0) ? whole_count(operation, values[inputs[0]].view())
                                      : std::numeric_limits<std::uint64_t>::max();
  loop.variables.resize(operation.outputs().size());
  for (std::size_t variable = 0; variable < carried; ++variable) {
    if (inputs[variable + 1] != GLK_NO_VALUE) loop.variables[variable] = values[inputs[variable + 1]];
  }
  for (End end = End::reached; end != End::loop_ended; ++loop.iteration) {
    // The body's test may still end the loop after the last iteration allowed.
    if (loop.iteration > bound) {
      operation.fail("has not ended after " + std::to_string(bound) + " iterations, its bound");
    }
    Tensors inner = start(body);
    for (std::size_t input = 0; input < body_inputs.size(); ++input) {
      const std::uint32_t source = inputs[input + 1];
      Tensor& given = inner[body_inputs[input]];
      if (input < carried) {
        given = loop.variables[input];
      } else if (source != GLK_NO_VALUE) {
        given = values[source];
      }
      if (!given.present()) continue;
      check_stated_type(body.graph().value(body_inputs[input]), given.type);
      check_stated_dims(body.graph().value(body_inputs[input]), given.dims);
    }
    end = run_iteration(body, inner, loop);
  }
  for (std::size_t variable = 0; variable < loop.variables.size(); ++variable) {
    if (loop.variables[variable].present()) {
      check_stated_type(model.graph().value(operation.outputs()[variable]), loop.variables[variable].type);
    }
    values[operation.outputs()[variable]] = std::move(loop.variables[variable]);
  }
}

Interpreter::End Interpreter::run_iteration(const PlainModel& body, Tensors& inner, Loop& loop) {
  const End end = run_graph(body, inner, {}, &loop);
  if (end != End::reached) return end;
  for (std::size_t variable = 0; variable < loop.variables.size(); ++variable) {
    const std::uint32_t source = body.graph().outputs()[variable];
    if (source != GLK_NO_VALUE && inner[source].present()) loop.variables[variable] = inner[source];
  }
  return end;
}

}  // namespace goldilocks::graph
