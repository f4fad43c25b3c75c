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

void add_kernel(PlanBuilder& builder, std::size_t index) {
  const graph::OperationView operation = builder.graph().operation(index);
  const graph::ElementTypes types = graph::element_types(builder.graph(), operation);
  KernelStep step{graph::kernel_step(operation, types), {}, {}};
  for (const std::uint32_t input : operation.inputs()) {
    if (input == GLK_NO_VALUE) {
      step.inputs.push_back({false, 0, 0, {}});
    } else {
      step.inputs.push_back(
          {true, builder.read(input, Layout::plain), builder.graph().value(input).type(), builder.dims(input)});
    }
  }
  for (const std::uint32_t output : operation.outputs()) {
    step.outputs.push_back(
        {true, builder.write(output, Layout::plain), builder.graph().value(output).type(), builder.dims(output)});
  }
  builder.add(std::move(step));
}

bool add_by_maker(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const Maker maker = is_float32(builder.graph(), operation) ? find_maker(operation.type()) : nullptr;
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
  const graph::InferredGraph inferred = graph::infer_graph(
      graph, input_dims,
      [](const graph::OperationView& operation, std::span<const graph::Dims> dims) {
        return graph::infer_shapes(operation, dims);
      },
      [&](std::size_t operation) { return usage.is_needed(operation); });
  const std::vector<graph::Dims>& dims = inferred.dims;
  graph::check_memory(graph, dims, wanted, context.memory_limit);
  PlanBuilder builder(context, graph, usage, inferred, every_number);
  std::vector<bool> done(graph.operation_count());
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    if (!usage.is_needed(index) || done[index] || inferred.is_known(graph.operation(index))) continue;
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
