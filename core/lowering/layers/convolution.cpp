// convolution, and the deconvolution that hides behind a flag of it.
//
// A deconvolution ignores dilation, and its padding where outputShape is set. The format doesn't say where the output
// then lies in the uncropped one; here it lies in the middle, the odd row and column cropped at the end, which is what
// converters from frameworks with "same" and "valid" transposed convolutions rely on (docs/operations.md).
#include "core/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;

void lower_convolution(LayerLowering& lowering) {
  const spec::ConvolutionLayerParams& params = lowering.layer().convolution();
  if (lowering.input_count() > 1) lowering.fail("weights that come from an input are not supported");
  lowering.need_rank(4);
  const std::int64_t groups = params.ngroups() == 0 ? 1 : size_field(lowering, params.ngroups(), "nGroups");
  Attributes attributes = {{"strides", pair_field(lowering, params.stride(), "stride", 1)}, {"groups", groups}};
  if (!params.isdeconvolution()) {
    attributes.push_back({"dilations", pair_field(lowering, params.dilationfactor(), "dilationFactor", 1)});
  }
  if (params.isdeconvolution() && params.outputshape_size() != 0) {
    attributes.push_back({"output_shape", pair_field(lowering, params.outputshape(), "outputShape", 0)});
  } else if (params.has_same()) {
    attributes.push_back(same_padding(params.same()));
  } else {
    attributes.push_back({"pads", border_field(lowering, params.valid().paddingamounts())});
  }
  std::vector<std::uint32_t> inputs = {lowering.input(), lowering.weight_constant("weights")};
  if (params.hasbias()) inputs.push_back(lowering.weight_constant("bias"));
  lowering.finish(params.isdeconvolution() ? "deconvolution" : "convolution", std::move(inputs), std::move(attributes));
}

}  // namespace

const LayerRules& convolution_rules() {
  static const LayerRules rules = {{Layer::kConvolution, 1, 2, 1, 1, lower_convolution}};
  return rules;
}

}  // namespace goldilocks::lowering
