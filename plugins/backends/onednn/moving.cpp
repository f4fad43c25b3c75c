// concat, split and reshape: where the bytes allow it, nothing is moved at all.
//
//      concat    parts are computed in their place in the whole (see join.hpp), or copied there
//      split     parts are views into the whole, under the same condition
//      reshape   is another name for the same row-major bytes
#include <algorithm>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "makers.hpp"

namespace goldilocks::onednn {
namespace {

using dnnl::memory;

// Puts the parts that are not in their place there.
void add_join(PlanBuilder& builder, Join& join, std::span<const std::uint32_t> parts) {
  const Layout wished = join.layout.value_or(builder.layout(parts[0]));
  const Layout layout = join.fits(wished) ? wished : Layout::plain;
  const SlotId whole = builder.joined_slot(join, layout);
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const std::size_t offset = join.offset_of(part);
    if (builder.lies_at(parts[part], layout, whole, offset)) continue;
    const ImageDims dims = builder.image(parts[part]);
    const Layout given = builder.layout(parts[part]);
    const SlotId from = builder.read(parts[part], given);
    const SlotId to = builder.slot_within(whole, offset, byte_size(dims, layout));
    builder.add_reorder(from, describe(dims, given), to, describe(dims, layout));
  }
}

// A batch of images concatenated along channels, in blocks: the parts are strips of the whole.
bool add_strips(PlanBuilder& builder, const Group& group, std::span<const std::uint32_t> parts) {
  const Layout layout = builder.layout(parts[0]);
  if (layout == Layout::plain) return false;
  std::vector<memory::desc> sources;
  std::int64_t offset = 0;
  for (const std::uint32_t part : parts) {
    if (builder.layout(part) != layout || offset % block_of(layout) != 0) return false;
    sources.push_back(describe(builder.image(part), layout));
    offset += builder.image(part).c;
  }
  const memory::desc target = describe(builder.image(group.output), layout);
  const auto description = try_describe([&] {
    return dnnl::concat::primitive_desc(target, 1, sources, builder.context().engine, primitive_attributes());
  });
  if (!description) return false;
  PrimitiveStep step = make_step<dnnl::concat>(builder.graph().operation(group.operation), *description);
  for (std::size_t part = 0; part < parts.size(); ++part) {
    step.arguments.push_back(
        {DNNL_ARG_MULTIPLE_SRC + static_cast<int>(part), builder.read(parts[part], layout), sources[part]});
  }
  step.arguments.push_back({DNNL_ARG_DST, builder.write(group.output, layout), target});
  builder.add(std::move(step));
  return true;
}

}  // namespace

bool add_concat(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::span<const std::uint32_t> parts = operation.inputs();
  if (Join* join = builder.joins().of_operation(group.operation)) {
    add_join(builder, *join, parts);
    return true;
  }
  const graph::Dims& whole = builder.dims(group.output);
  const std::size_t axis = graph::resolve_axis(operation, operation.integer("axis"), whole.size());
  return axis + 3 == whole.size() && add_strips(builder, group, parts);
}

bool add_split(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::uint32_t input = operation.inputs()[0];
  const graph::Dims& whole = builder.dims(input);
  const std::size_t axis = graph::resolve_axis(operation, operation.integer("axis"), whole.size());
  const auto split = whole.begin() + static_cast<std::ptrdiff_t>(axis);
  if (std::any_of(whole.begin(), split, [](std::int64_t size) { return size != 1; })) return false;
  std::int64_t inner = 1;
  for (auto size = split + 1; size != whole.end(); ++size) inner *= *size;
  std::vector<std::int64_t> sizes;
  for (const std::uint32_t part : operation.outputs()) sizes.push_back(builder.dims(part)[axis]);
  Layout layout = builder.layout(input);
  std::int64_t offset = 0;
  for (const std::int64_t size : sizes) {
    if (axis + 3 != whole.size() || offset % block_of(layout) != 0) layout = Layout::plain;
    offset += size;
  }
  const SlotId from = builder.read(input, layout);
  offset = 0;
  for (std::size_t part = 0; part < sizes.size(); ++part) {
    builder.alias(operation.outputs()[part], layout, from, static_cast<std::size_t>(offset * inner) * sizeof(float));
    offset += sizes[part];
  }
  return true;
}

bool add_reshape(PlanBuilder& builder, const Group& group) {
  const std::uint32_t input = builder.graph().operation(group.operation).inputs()[0];
  // Under the same shape values stay where they are, however they lie.
  const bool same = builder.dims(input) == builder.dims(group.output);
  const Layout layout = same ? builder.layout(input) : Layout::plain;
  builder.alias(group.output, layout, builder.read(input, layout), 0);
  return true;
}

}  // namespace goldilocks::onednn
