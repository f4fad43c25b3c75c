// pooling of three types. includeLastPixel has one amount of padding per axis, for both of its ends, and rounds the
// number of windows up.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using PoolingParams = spec::PoolingLayerParams;

std::string operation_of(const LayerLowering& lowering, const PoolingParams& params) {
  switch (params.type()) {
    case PoolingParams::MAX:
      return "max_pool";
    case PoolingParams::AVERAGE:
      return "average_pool";
    case PoolingParams::L2:
      return "l2_pool";
    default:
      lowering.fail("its type of pooling, " + std::to_string(params.type()) + ", is not known");
  }
}

void add_padding(const LayerLowering& lowering, const PoolingParams& params, Attributes& attributes) {
  switch (params.PoolingPaddingType_case()) {
    case PoolingParams::kSame:
      attributes.push_back(same_padding(params.same()));
      return;
    case PoolingParams::kIncludeLastPixel: {
      const auto amounts = pair_field(lowering, params.includelastpixel().paddingamounts(), "paddingAmounts", 0);
      attributes.push_back({"pads", std::vector<std::int64_t>{amounts[0], amounts[0], amounts[1], amounts[1]}});
      attributes.push_back({"round_up", std::int64_t{1}});
      return;
    }
    default:
      attributes.push_back({"pads", border_field(lowering, params.valid().paddingamounts())});
  }
}

void lower_pooling(LayerLowering& lowering) {
  const PoolingParams& params = lowering.layer().pooling();
  lowering.need_rank(4);
  Attributes attributes;
  if (params.globalpooling()) {
    attributes.push_back({"global", std::int64_t{1}});
  } else {
    attributes.push_back({"kernel", pair_field(lowering, params.kernelsize(), "kernelSize", 3)});
    attributes.push_back({"strides", pair_field(lowering, params.stride(), "stride", 1)});
    add_padding(lowering, params, attributes);
  }
  if (params.type() == PoolingParams::AVERAGE && params.avgpoolexcludepadding()) {
    attributes.push_back({"exclude_padding", std::int64_t{1}});
  }
  lowering.finish(operation_of(lowering, params), {lowering.input()}, std::move(attributes));
}

}  // namespace

const LayerRules& pooling_rules() {
  static const LayerRules rules = {{spec::NeuralNetworkLayer::kPooling, 1, 1, 1, 1, lower_pooling}};
  return rules;
}

}  // namespace goldilocks::lowering
