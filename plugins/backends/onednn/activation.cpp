// Activations that stand alone, and affine operations that nothing could be folded into: element by element, in
// whatever layout the input has, and over the input's memory where nobody needs that any more.
#include <span>
#include <vector>

#include "makers.hpp"

namespace goldilocks::onednn {
namespace {

using dnnl::memory;

dnnl::memory channel_vector(PlanBuilder& builder, const std::string& key, const std::vector<float>& values) {
  const memory::desc desc({static_cast<std::int64_t>(values.size())}, memory::data_type::f32, memory::format_tag::x);
  return builder.context().weights.get(key, desc, desc, false, [&]() -> std::span<const float> { return values; });
}

}  // namespace

bool add_activation(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::vector<Eltwise> functions = eltwise_of(operation);
  if (functions.empty() || builder.every_number()) return false;
  const std::uint32_t input = operation.inputs()[0];
  const Layout layout = builder.layout(input);
  const memory::desc desc = describe(builder.image(input), layout);
  const auto description = try_describe([&] {
    const dnnl::eltwise_forward::desc shape(dnnl::prop_kind::forward_inference, functions[0].kind, desc,
                                            functions[0].alpha, functions[0].beta);
    return dnnl::eltwise_forward::primitive_desc(shape, primitive_attributes(std::span(functions).subspan(1)),
                                                 builder.context().engine);
  });
  if (!description) return false;
  PrimitiveStep step = make_step<dnnl::eltwise_forward>(operation, *description);
  const SlotId from = builder.read(input, layout);
  const SlotId to = builder.write_over(group.output, layout, input);
  step.arguments = {{DNNL_ARG_SRC, from, desc}, {DNNL_ARG_DST, to, desc}};
  builder.add(std::move(step));
  return true;
}

bool add_affine(PlanBuilder& builder, const Group& group) {
  using dnnl::normalization_flags;
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::uint32_t input = operation.inputs()[0];
  const graph::Dims& dims = builder.dims(input);
  if (dims.size() < 3 || builder.every_number()) return false;
  const std::optional<ChannelAffine> affine =
      channel_affine(builder.graph(), group.operation, builder.all_dims(), dims.size() - 3);
  if (!affine) return false;
  // A batch normalization with mean 0 and variance 1. It reads its parameters by whole vectors, beyond their end where
  // channels don't fill a block, and what it makes of that stays in the filling.
  const ImageDims image = builder.image(input);
  const bool filled = image.c % block_of(builder.context().blocked) == 0;
  const Layout layout = filled ? builder.layout(input) : Layout::plain;
  const memory::desc desc = describe(image, layout);
  const auto description = try_describe([&] {
    const dnnl::batch_normalization_forward::desc shape(
        dnnl::prop_kind::forward_inference, desc, 0.0F,
        normalization_flags::use_global_stats | normalization_flags::use_scale | normalization_flags::use_shift);
    return dnnl::batch_normalization_forward::primitive_desc(shape, primitive_attributes(), builder.context().engine);
  });
  if (!description) return false;
  const std::string key = "affine " + std::to_string(group.operation);
  const std::vector<float> zeros(affine->scale.size(), 0.0F);
  const std::vector<float> ones(affine->scale.size(), 1.0F);
  PrimitiveStep step = make_step<dnnl::batch_normalization_forward>(operation, *description);
  step.constants = {{DNNL_ARG_MEAN, channel_vector(builder, key + " mean", zeros)},
                    {DNNL_ARG_VARIANCE, channel_vector(builder, key + " variance", ones)},
                    {DNNL_ARG_SCALE, channel_vector(builder, key + " scale", affine->scale)},
                    {DNNL_ARG_SHIFT, channel_vector(builder, key + " shift", affine->shift)}};
  const SlotId from = builder.read(input, layout);
  const SlotId to = builder.write_over(group.output, layout, input);
  step.arguments = {{DNNL_ARG_SRC, from, desc}, {DNNL_ARG_DST, to, desc}};
  builder.add(std::move(step));
  return true;
}

}  // namespace goldilocks::onednn
