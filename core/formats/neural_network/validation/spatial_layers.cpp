// Convolutions and poolings.
#include <algorithm>
#include <array>

#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {
namespace {

void check_convolution(const Layer& layer, const Findings& findings) {
  const spec::ConvolutionLayerParams& params = layer.convolution();
  findings.require(params.ConvolutionPaddingType_case() != spec::ConvolutionLayerParams::CONVOLUTIONPADDINGTYPE_NOT_SET,
                   "convolution.padding", "neither valid nor same padding is set");
  findings.require(is_pair_or_absent(params.kernelsize_size()) && is_pair_or_absent(params.stride_size()) &&
                       is_pair_or_absent(params.dilationfactor_size()),
                   "convolution.window", "kernelSize, stride and dilationFactor must have two entries or none");
  if (layer.input_size() == 2) {
    findings.require(!params.isdeconvolution(), "convolution.dynamic",
                     "a deconvolution can't have its weights as input");
    findings.require(std::ranges::all_of(params.dilationfactor(), [](std::uint64_t factor) { return factor <= 1; }),
                     "convolution.dynamic", "weights as input can't go with dilation");
  }
}

void check_pooling(const spec::PoolingLayerParams& params, const Findings& findings) {
  findings.require(params.PoolingPaddingType_case() != spec::PoolingLayerParams::POOLINGPADDINGTYPE_NOT_SET,
                   "pooling.padding", "none of valid, same and includeLastPixel padding is set");
  findings.require(is_pair_or_absent(params.kernelsize_size()) && is_pair_or_absent(params.stride_size()),
                   "pooling.window", "kernelSize and stride must have two entries or none");
  if (params.has_includelastpixel()) {
    findings.require(is_pair_or_absent(params.includelastpixel().paddingamounts_size()), "pooling.padding",
                     "includeLastPixel's paddingAmounts must have two entries or none");
  }
}

void check_convolution3d(const spec::Convolution3DLayerParams& params, const Findings& findings) {
  const std::array needed = {params.inputchannels(), params.outputchannels(), params.ngroups(),
                             params.kerneldepth(),   params.kernelheight(),   params.kernelwidth(),
                             params.stridedepth(),   params.strideheight(),   params.stridewidth(),
                             params.dilationdepth(), params.dilationheight(), params.dilationwidth()};
  const bool sized =
      findings.require(std::ranges::all_of(needed, [](int value) { return value > 0; }), "convolution3d.sizes",
                       "channels, groups, kernel, stride and dilation must all be above 0: they have no defaults");
  const std::array paddings = {params.custompaddingfront(),  params.custompaddingback(), params.custompaddingtop(),
                               params.custompaddingbottom(), params.custompaddingleft(), params.custompaddingright()};
  findings.require(std::ranges::all_of(paddings, [](int value) { return value >= 0; }), "convolution3d.padding",
                   "paddings can't be negative");
  findings.require(params.outputshape().empty() || (params.isdeconvolution() && params.outputshape_size() == 3),
                   "convolution3d.output-shape", "outputShape is for deconvolutions and has three entries");
  if (sized) {
    findings.require(params.inputchannels() % params.ngroups() == 0 && params.outputchannels() % params.ngroups() == 0,
                     "convolution3d.groups", "{} groups don't divide {} and {} channels", params.ngroups(),
                     params.inputchannels(), params.outputchannels());
  }
}

void check_pooling3d(const spec::Pooling3DLayerParams& params, const Findings& findings) {
  const std::array needed = {params.kerneldepth(), params.kernelheight(), params.kernelwidth(),
                             params.stridedepth(), params.strideheight(), params.stridewidth()};
  findings.require(std::ranges::all_of(needed, [](int value) { return value > 0; }), "pooling3d.sizes",
                   "kernel and stride must be above 0: they have no defaults");
  const std::array paddings = {params.custompaddingfront(),  params.custompaddingback(), params.custompaddingtop(),
                               params.custompaddingbottom(), params.custompaddingleft(), params.custompaddingright()};
  const bool custom = params.paddingtype() == spec::Pooling3DLayerParams::CUSTOM;
  findings.require(std::ranges::all_of(paddings, [custom](int value) { return custom ? value >= 0 : value == 0; }),
                   "pooling3d.padding", "custom paddings must be {}", custom ? "0 or more" : "0 beside VALID or SAME");
}

}  // namespace

void check_spatial_parameters(const Layer& layer, const Findings& findings) {
  switch (layer.layer_case()) {
    case Layer::kConvolution:
      check_convolution(layer, findings);
      break;
    case Layer::kPooling:
      check_pooling(layer.pooling(), findings);
      break;
    case Layer::kConvolution3D:
      check_convolution3d(layer.convolution3d(), findings);
      break;
    case Layer::kPooling3D:
      check_pooling3d(layer.pooling3d(), findings);
      break;
    default:
      break;
  }
}

}  // namespace goldilocks::model::validation
