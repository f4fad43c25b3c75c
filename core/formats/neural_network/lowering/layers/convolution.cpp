// convolution, and the deconvolution that hides behind a flag of it.
//
// A deconvolution ignores its padding where outputShape is set. The format doesn't say where the output then lies in
// the uncropped one; here it lies in the middle, the odd row and column cropped at the end, which is what converters
// from frameworks with "same" and "valid" transposed convolutions rely on (docs/operations.md).
//
// A deconvolution honours its dilation, although a comment of the format's schema says that it is ignored: coremltools
// writes PyTorch's dilated transposed convolutions into this layer, and tests that the network then gives PyTorch's
// values. The operation `deconvolution` has no dilation, and a backend that doesn't know the attribute would leave it
// out without a word; so a dilated one is a `deconvolution_3d` of depth 1, which every backend runs with dilations or
// refuses.
//
// Weights may come from a second input, for a convolution alone and, as the format has it, without dilation; then
// neither stored weights nor a bias are read.
#include <algorithm>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"
#include "core/formats/neural_network/warnings.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using ConvolutionParams = spec::ConvolutionLayerParams;

// The second input must be what the layer's own fields say.
void check_weight_input(const LayerLowering& lowering, const ConvolutionParams& params) {
  if (params.isdeconvolution()) lowering.fail("a deconvolution can't take its weights from an input");
  const std::vector<std::int64_t> kernel = pair_field(lowering, params.kernelsize(), "kernelSize", 3);
  const Dims stated = {size_field(lowering, params.outputchannels(), "outputChannels"),
                       size_field(lowering, params.kernelchannels(), "kernelChannels"), kernel[0], kernel[1]};
  const Dims& dims = lowering.dims(1);
  bool fits = dims.size() == stated.size();
  for (std::size_t axis = 0; fits && axis < dims.size(); ++axis) fits = dims[axis] == -1 || dims[axis] == stated[axis];
  if (!fits) {
    lowering.fail("its second input has shape " + graph::to_text(dims) + "; weights of shape " +
                  graph::to_text(stated) + " are stated");
  }
  for (const std::int64_t dilation : pair_field(lowering, params.dilationfactor(), "dilationFactor", 1)) {
    if (dilation > 1) lowering.fail("weights from an input don't go with a dilation");
  }
}

std::vector<std::uint32_t> convolution_inputs(LayerLowering& lowering, const ConvolutionParams& params) {
  if (lowering.input_count() > 1) {
    check_weight_input(lowering, params);
    return lowering.inputs();
  }
  std::vector<std::uint32_t> inputs = {lowering.input(), lowering.weight_constant("weights")};
  if (params.hasbias()) inputs.push_back(lowering.weight_constant("bias"));
  return inputs;
}

Integers with_depth(std::int64_t depth, Integers pair) {
  pair.insert(pair.begin(), depth);
  return pair;
}

// x with a depth of 1 before its height, or without it.
std::uint32_t with_depth(LayerLowering& lowering) {
  Reshaping reshaping;
  const std::size_t rank = lowering.dims().size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (axis == rank - 2) reshaping.size(1);
    reshaping.copy(axis);
  }
  return lowering.add("reshape", {lowering.input()}, reshaping.attributes());
}

void finish_without_depth(LayerLowering& lowering, std::uint32_t x) {
  Reshaping reshaping;
  const std::size_t rank = lowering.dims().size();
  for (std::size_t axis = 0; axis <= rank; ++axis) {
    if (axis != rank - 2) reshaping.copy(axis);
  }
  lowering.finish("reshape", {x}, reshaping.attributes());
}

std::uint32_t weights_with_depth(LayerLowering& lowering) {
  LayerLowering::Weights weights = lowering.required_weights("weights");
  weights.shape.insert(weights.shape.end() - 2, 1);
  return lowering.constant("weights", std::move(weights.shape), std::move(weights.values));
}

void lower_dilated_deconvolution(LayerLowering& lowering, std::int64_t groups) {
  const ConvolutionParams& params = lowering.layer().convolution();
  Attributes attributes = {
      {"groups", groups},
      {"strides", with_depth(1, pair_field(lowering, params.stride(), "stride", 1))},
      {"dilations", with_depth(1, pair_field(lowering, params.dilationfactor(), "dilationFactor", 1))}};
  if (params.outputshape_size() != 0) {
    attributes.push_back({"output_shape", with_depth(1, pair_field(lowering, params.outputshape(), "outputShape", 0))});
  } else if (params.has_same()) {
    attributes.push_back(same_padding(params.same()));
  } else {
    attributes.push_back(
        {"pads", with_depth(0, with_depth(0, border_field(lowering, params.valid().paddingamounts())))});
  }
  std::vector<std::uint32_t> inputs = {with_depth(lowering), weights_with_depth(lowering)};
  if (params.hasbias()) inputs.push_back(lowering.weight_constant("bias"));
  finish_without_depth(lowering, lowering.add("deconvolution_3d", std::move(inputs), std::move(attributes)));
}

void lower_convolution(LayerLowering& lowering) {
  const ConvolutionParams& params = lowering.layer().convolution();
  lowering.need_rank(4);
  const std::int64_t groups = params.ngroups() == 0 ? 1 : size_field(lowering, params.ngroups(), "nGroups");
  if (model::has_dilated_deconvolution(lowering.layer()) && lowering.input_count() == 1) {
    return lower_dilated_deconvolution(lowering, groups);
  }
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
  lowering.finish(params.isdeconvolution() ? "deconvolution" : "convolution", convolution_inputs(lowering, params),
                  std::move(attributes));
}

}  // namespace

const LayerRules& convolution_rules() {
  static const LayerRules rules = {{Layer::kConvolution, 1, 2, 1, 1, lower_convolution}};
  return rules;
}

}  // namespace goldilocks::lowering
