// innerProduct: a rank of 4 or 5 means [..., C, H, W] flattened, a lower one a vector per row.
//
// Weights for dynamic 8-bit quantization are used as the numbers that they stand for: how a device rounds activations
// on the way is not part of the format.
#include "core/lowering/layer_lowering.hpp"

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
