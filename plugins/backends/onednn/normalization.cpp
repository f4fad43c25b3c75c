// Softmax along any axis, local response normalization across channels, and layer normalization: over the last axes,
// with a scale and a shift for each of their elements.
#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "makers.hpp"

namespace goldilocks::onednn {

using dnnl::memory;

namespace {

// The first of the axes of a normalization, if they are the last ones of the tensor.
std::optional<std::size_t> first_of_last_axes(const graph::OperationView& operation, std::size_t rank) {
  std::vector<bool> chosen(rank);
  for (const std::int64_t axis : operation.integers("axes")) chosen[graph::resolve_axis(operation, axis, rank)] = true;
  const auto first = std::ranges::find(chosen, true);
  if (first == chosen.end() || std::find(first, chosen.end(), false) != chosen.end()) return std::nullopt;
  return static_cast<std::size_t>(first - chosen.begin());
}

// Whether a parameter has one value for each element of the axes from `first` on.
bool lies_along(const graph::Dims& dims, const graph::Dims& whole, std::size_t first) {
  if (dims.size() > whole.size()) return false;
  const std::size_t missing = whole.size() - dims.size();
  for (std::size_t axis = 0; axis < whole.size(); ++axis) {
    const std::int64_t size = axis < missing ? 1 : dims[axis - missing];
    if (size != (axis < first ? 1 : whole[axis])) return false;
  }
  return true;
}

}  // namespace

bool add_normalize(PlanBuilder& builder, const Group& group) {
  using dnnl::normalization_flags;
  if (builder.every_number()) return false;
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::uint32_t input = operation.inputs()[0];
  const graph::Dims& dims = builder.dims(input);
  const std::optional<std::size_t> first = first_of_last_axes(operation, dims.size());
  if (!first) return false;
  const bool has_scale = operation.has_input(1), has_shift = operation.has_input(2);
  for (std::size_t parameter = 1; parameter <= 2; ++parameter) {
    if (!operation.has_input(parameter)) continue;
    if (!lies_along(builder.dims(operation.inputs()[parameter]), dims, *first)) return false;
  }
  auto flags = normalization_flags::none;
  if (has_scale) flags |= normalization_flags::use_scale;
  if (has_shift) flags |= normalization_flags::use_shift;
  const std::int64_t count = graph::element_count(std::span(dims).subspan(*first));
  const memory::desc desc({graph::element_count(dims) / count, count}, memory::data_type::f32, memory::format_tag::ab);
  const memory::desc vector({count}, memory::data_type::f32, memory::format_tag::x);
  const auto description = try_describe([&] {
    const dnnl::layer_normalization_forward::desc shape(dnnl::prop_kind::forward_inference, desc,
                                                        static_cast<float>(operation.number("epsilon")), flags);
    return dnnl::layer_normalization_forward::primitive_desc(shape, primitive_attributes(), builder.context().engine);
  });
  if (!description) return false;
  PrimitiveStep step = make_step<dnnl::layer_normalization_forward>(operation, *description);
  const SlotId from = builder.read(input, Layout::plain);
  step.arguments = {{DNNL_ARG_SRC, from, desc}};
  if (has_scale) {
    step.arguments.push_back({DNNL_ARG_SCALE, builder.read(operation.inputs()[1], Layout::plain), vector});
  }
  if (has_shift) {
    step.arguments.push_back({DNNL_ARG_SHIFT, builder.read(operation.inputs()[2], Layout::plain), vector});
  }
  step.arguments.push_back({DNNL_ARG_DST, builder.write_over(group.output, Layout::plain, input), desc});
  builder.add(std::move(step));
  return true;
}

bool add_softmax(PlanBuilder& builder, const Group& group) {
  if (builder.every_number()) return false;
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::uint32_t input = operation.inputs()[0];
  const graph::Dims& dims = builder.dims(input);
  const std::size_t axis = graph::resolve_axis(operation, operation.integer("axis"), dims.size());
  // Seen as [outer, axis, inner].
  memory::dims folded = {1, dims[axis], 1};
  for (std::size_t at = 0; at < dims.size(); ++at) {
    if (at != axis) folded[at < axis ? 0 : 2] *= dims[at];
  }
  const memory::desc desc(folded, memory::data_type::f32, memory::format_tag::abc);
  const auto description = try_describe([&] {
    const dnnl::softmax_forward::desc shape(dnnl::prop_kind::forward_inference, desc, 1);
    return dnnl::softmax_forward::primitive_desc(shape, primitive_attributes(), builder.context().engine);
  });
  if (!description) return false;
  PrimitiveStep step = make_step<dnnl::softmax_forward>(operation, *description);
  const SlotId from = builder.read(input, Layout::plain);
  const SlotId to = builder.write_over(group.output, Layout::plain, input);
  step.arguments = {{DNNL_ARG_SRC, from, desc}, {DNNL_ARG_DST, to, desc}};
  builder.add(std::move(step));
  return true;
}

bool add_local_response_normalization(PlanBuilder& builder, const Group& group) {
  if (builder.every_number()) return false;
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::uint32_t input = operation.inputs()[0];
  const std::int64_t size = operation.integer("size");
  if (size % 2 == 0) return false;  // oneDNN's window reaches as far to both sides
  for (const Layout layout : {builder.layout(input), builder.context().blocked, Layout::plain}) {
    const memory::desc desc = describe(builder.image(input), layout);
    const auto description = try_describe([&] {
      const dnnl::lrn_forward::desc shape(dnnl::prop_kind::forward_inference, dnnl::algorithm::lrn_across_channels,
                                          desc, size, static_cast<float>(operation.number("alpha")),
                                          static_cast<float>(operation.number("beta")),
                                          static_cast<float>(operation.number("k", 1)));
      return dnnl::lrn_forward::primitive_desc(shape, primitive_attributes(), builder.context().engine);
    });
    if (!description) continue;
    PrimitiveStep step = make_step<dnnl::lrn_forward>(operation, *description);
    const SlotId from = builder.read(input, layout);
    const SlotId to = builder.write(group.output, layout);
    step.arguments = {{DNNL_ARG_SRC, from, desc}, {DNNL_ARG_DST, to, desc}};
    builder.add(std::move(step));
    return true;
  }
  return false;
}

}  // namespace goldilocks::onednn
