// Maximum and average pooling.
//
// oneDNN's windows all lie within the padded input. Where a pool rounds up, its last windows reach beyond: for a
// maximum, and for an average that leaves padding out, that is as if there were more padding; an average that counts
// padding would count too much, and is left to the kit.
#include <optional>

#include "makers.hpp"
#include "window.hpp"

namespace goldilocks::onednn {

using dnnl::algorithm;

bool add_pooling(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::uint32_t input = operation.inputs()[0];
  const ImageDims source = builder.image(input);
  const ImageDims target = builder.image(group.output);
  const std::optional<Pool> pool = pool_of(operation, source);
  if (!pool) return false;
  algorithm method = algorithm::pooling_max;
  if (operation.type() == "max_pool") {
    if (builder.every_number()) return false;
  } else {
    const bool exclude = operation.integer("exclude_padding", 0) != 0;
    if (!exclude && !pool->within) return false;
    method = exclude ? algorithm::pooling_avg_exclude_padding : algorithm::pooling_avg_include_padding;
  }
  for (const Layout layout : {builder.layout(input), builder.context().blocked, Layout::plain}) {
    const auto description = try_describe([&] {
      const dnnl::pooling_forward::desc shape(dnnl::prop_kind::forward_inference, method, describe(source, layout),
                                              describe(target, layout), pool->strides, pool->kernel, pool->before,
                                              pool->after);
      return dnnl::pooling_forward::primitive_desc(shape, primitive_attributes(), builder.context().engine);
    });
    if (!description) continue;
    PrimitiveStep step = make_step<dnnl::pooling_forward>(operation, *description);
    const SlotId from = builder.read(input, layout);
    const SlotId to = builder.write(group.output, layout);
    step.arguments = {{DNNL_ARG_SRC, from, describe(source, layout)}, {DNNL_ARG_DST, to, describe(target, layout)}};
    builder.add(std::move(step));
    return true;
  }
  return false;
}

}  // namespace goldilocks::onednn
