// innerProduct: a rank of 4 or 5 means [..., C, H, W] flattened, a lower one a vector per row.
//
// Weights for dynamic 8-bit quantization (int8DynamicQuantize) are used as the numbers that they stand for, and the
// input is not rounded to 8 bits on the way. The flag lets a device do that for speed; neither the range nor the
// rounding that it takes is part of the format, so any choice here would only add an error of its own to every answer.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

void lower_inner_product(LayerLowering& lowering) {
  const spec::InnerProductLayerParams& params = lowering.layer().innerproduct();
  lowering.need_rank(1, 5);
  std::vector<std::uint32_t> inputs = {lowering.input(), lowering.weight_constant("weights")};
  if (params.hasbias()) inputs.push_back(lowering.weight_constant("bias"));
  const std::int64_t axes = lowering.dims().size() >= 4 ? 3 : 1;
  lowering.finish("inner_product", std::move(inputs), {{"input_axes", axes}});
}

}  // namespace

const LayerRules& inner_product_rules() {
  static const LayerRules rules = {{spec::NeuralNetworkLayer::kInnerProduct, 1, 1, 1, 1, lower_inner_product}};
  return rules;
}

}  // namespace goldilocks::lowering
