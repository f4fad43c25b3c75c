// From a graph to a plan: shapes first, then operation by operation. What belongs together is offered to its maker as
// one group; if that can't make it, each operation of the group on its own; and what then is left runs by the kit's
// plain kernel, between reorders.
#include "compile.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "makers.hpp"
#include "single_thread.hpp"
#include "stem/stem.hpp"

namespace goldilocks::onednn {
namespace {

// The shapes of all values; they must agree with the dimensions that the graph fixes.
std::vector<graph::Dims> infer_all(const graph::GraphView& graph, std::span<const graph::Dims> input_dims,
                                   const Usage& usage) {
  std::vector<graph::Dims> dims(graph.value_count());
  const auto set = [&](std::uint32_t index, const graph::Dims& shape) {
    const graph::ValueView value = graph.value(index);
    const bool agrees = std::ranges::equal(
        shape, value.dims(), [](std::int64_t actual, std::int64_t stated) { return stated == -1 || actual == stated; });
    if (!agrees) {
      throw graph::GraphError("'" + std::string(value.name()) + "' has shape " + graph::to_text(shape) +
                              " instead of " + graph::to_text(value.dims()));
    }
    dims[index] = shape;
  };
  for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
    const graph::ValueView value = graph.value(index);
    if (value.is_constant()) set(index, {value.dims().begin(), value.dims().end()});
  }
  for (std::size_t index = 0; index < input_dims.size(); ++index) set(graph.inputs()[index], input_dims[index]);
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    if (!usage.is_needed(index)) continue;
    const graph::OperationView operation = graph.operation(index);
    std::vector<graph::Dims> shapes;
    for (const std::uint32_t input : operation.inputs()) {
      shapes.push_back(input == GLK_NO_VALUE ? graph::Dims() : dims[input]);
    }
    const std::vector<graph::Dims> results = graph::infer_shapes(operation, shapes);
    for (std::size_t output = 0; output < results.size(); ++output) set(operation.outputs()[output], results[output]);
  }
  return dims;
}

void add_kernel(PlanBuilder& builder, std::size_t index) {
  const graph::OperationView operation = builder.graph().operation(index);
  const graph::Kernel* kernel = graph::find_kernel(operation.type());
  if (kernel == nullptr) operation.fail("this type of operation is not known");
  KernelStep step{operation, kernel, {}, {}};
  for (const std::uint32_t input : operation.inputs()) {
    if (input == GLK_NO_VALUE) {
      step.inputs.push_back({false, 0, {}});
    } else {
      step.inputs.push_back({true, builder.read(input, Layout::plain), builder.dims(input)});
    }
  }
  for (const std::uint32_t output : operation.outputs()) {
    step.outputs.push_back({true, builder.write(output, Layout::plain), builder.dims(output)});
  }
  builder.add(std::move(step));
}

bool add_by_maker(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const Maker maker = find_maker(operation.type());
  builder.begin_operation(group.operation);
  try {
    return maker != nullptr && maker(builder, group);
  } catch (const dnnl::error& error) {
    operation.fail("oneDNN: " + std::string(error.what()));
  }
}

// Whether a group of several operations could be added; then all but its first are done.
bool add_together(PlanBuilder& builder, const Group& group, std::vector<bool>& done) {
  if (group.absorbed.empty() || !add_by_maker(builder, group)) return false;
  for (const std::size_t absorbed : group.absorbed) done[absorbed] = true;
  return true;
}

void add_alone(PlanBuilder& builder, std::size_t index) {
  if (!add_by_maker(builder, single(builder.graph(), index))) add_kernel(builder, index);
}

}  // namespace

Plan compile(ModelContext& context, const graph::GraphView& graph, std::span<const graph::Dims> input_dims,
             std::span<const std::uint32_t> wanted, bool every_number) {
  const SingleThread single_thread;
  const Usage usage(graph, wanted);
  const std::vector<graph::Dims> dims = infer_all(graph, input_dims, usage);
  graph::check_memory(graph, dims, wanted, context.memory_limit);
  PlanBuilder builder(context, graph, usage, dims, every_number);
  std::vector<bool> done(graph.operation_count());
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    if (!usage.is_needed(index) || done[index]) continue;
    const Group group = every_number ? single(graph, index) : group_of(graph, index, usage, dims);
    if (!every_number) {
      const std::optional<Group> longer = with_pool(graph, group, usage, dims, stem::most_channels);
      if (longer && add_together(builder, *longer, done)) continue;
    }
    if (!add_together(builder, group, done)) add_alone(builder, index);
  }
  return builder.finish(wanted);
}

}  // namespace goldilocks::onednn
