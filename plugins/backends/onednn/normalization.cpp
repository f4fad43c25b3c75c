// Softmax along any axis, and local response normalization across channels.
#include <goldilocks/graph/kernel.hpp>

#include "makers.hpp"

namespace goldilocks::onednn {

using dnnl::memory;

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
