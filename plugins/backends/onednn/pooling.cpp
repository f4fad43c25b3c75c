// Maximum and average pooling.
//
// oneDNN's windows all lie within the padded input. Where a pool rounds up, its last windows reach beyond: for a
// maximum, and for an average that leaves padding out, that is as if there were more padding; an average that counts
// padding would count too much, and is left to the kit.
#include <algorithm>
#include <string_view>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "makers.hpp"

namespace goldilocks::onednn {
namespace {

using dnnl::algorithm;
using dnnl::memory;

struct Pool {
  memory::dims kernel, strides, before, after;
  bool within = true;  // no window reaches beyond the padded input
};

// None where a window may lie in the padding alone, for which oneDNN has no answer.
std::optional<Pool> pool_of(const graph::OperationView& operation, const ImageDims& input) {
  Pool pool;
  const std::int64_t sizes[] = {input.h, input.w};
  for (int axis = 0; axis < 2; ++axis) {
    const graph::SpatialWindow window = graph::pooling_window(operation, axis, sizes[axis]);
    const std::int64_t kernel = graph::pooling_kernel(operation, axis, sizes[axis]);
    const std::int64_t stride = graph::pooling_stride(operation, axis);
    const std::int64_t needed = (window.output - 1) * stride + kernel - sizes[axis] - window.before;
    const std::int64_t after = std::max(window.after, needed);
    if (window.before >= kernel || needed >= kernel) return std::nullopt;
    // What the last window doesn't reach needs no padding, and more than a kernel of it is refused.
    pool.after.push_back(std::min(after, std::max<std::int64_t>(needed, 0)));
    pool.before.push_back(window.before);
    pool.kernel.push_back(kernel);
    pool.strides.push_back(stride);
    pool.within = pool.within && needed <= window.after;
  }
  return pool;
}

}  // namespace

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
