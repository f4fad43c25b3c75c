// Inner products: rows of the input times the weights, transposed.
#include "makers.hpp"
#include "prepared_weights.hpp"

namespace goldilocks::onednn {

bool add_inner_product(PlanBuilder& builder, const Group& group) {
  using dnnl::memory;
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::optional<PreparedWeights> weights = PreparedWeights::of(builder, group, 0);
  if (!weights) return false;
  const graph::Dims& weight = builder.dims(operation.inputs()[1]);
  const std::int64_t rows = builder.image(operation.inputs()[0]).count() / weight[1];
  const auto matrix = [](std::int64_t height, std::int64_t width, memory::format_tag tag) {
    return memory::desc({height, width}, memory::data_type::f32, tag);
  };
  const memory::desc source = matrix(rows, weight[1], memory::format_tag::ab);
  const memory::desc target = matrix(rows, weight[0], memory::format_tag::ab);
  const memory::desc given = matrix(weight[0], weight[1], memory::format_tag::ab);
  const auto description = try_describe([&] {
    const dnnl::inner_product_forward::desc shape(dnnl::prop_kind::forward_inference, source,
                                                  matrix(weight[0], weight[1], memory::format_tag::any),
                                                  weights->bias_desc(), target);
    return dnnl::inner_product_forward::primitive_desc(shape, primitive_attributes(group.activation),
                                                       builder.context().engine);
  });
  if (!description) return false;
  PrimitiveStep step = make_step<dnnl::inner_product_forward>(operation, *description);
  step.constants.push_back({DNNL_ARG_WEIGHTS, weights->weights(given, description->weights_desc())});
  if (weights->has_bias()) step.constants.push_back({DNNL_ARG_BIAS, weights->bias()});
  const SlotId from = builder.read(operation.inputs()[0], Layout::plain);
  const SlotId to = builder.write(group.output, Layout::plain);
  step.arguments = {{DNNL_ARG_SRC, from, source}, {DNNL_ARG_DST, to, target}};
  builder.add(std::move(step));
  return true;
}

}  // namespace goldilocks::onednn
