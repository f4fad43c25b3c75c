#include <algorithm>
#include <array>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {

const LayerRule* find_layer_rule(spec::NeuralNetworkLayer::LayerCase type) {
  static const LayerRules all = [] {
    LayerRules rules;
    for (const LayerRules* family :
         {&activation_rules(),    &arithmetic_rules(), &convolution_rules(),   &elementwise_rules(),
          &inner_product_rules(), &layout_rules(),     &normalization_rules(), &pooling_rules(),
          &product_rules(),       &resizing_rules(),   &volume_rules(),        &recurrent_rules(),
          &reduction_rules(),     &spatial_rules(),    &filling_rules(),       &indexing_rules(),
          &reshaping_rules(),     &slicing_rules(),    &control_flow_rules(),  &custom_rules(),
          &random_rules(),        &suppression_rules()}) {
      rules.insert(rules.end(), family->begin(), family->end());
    }
    return rules;
  }();
  const auto found = std::ranges::find(all, type, &LayerRule::type);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace goldilocks::lowering
