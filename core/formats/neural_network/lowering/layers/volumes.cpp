// convolution3d, its deconvolution, pooling3d and globalPooling3d: over depth, height and width, the last three
// dimensions.
//
// What the format leaves open, and what is done here:
//   - SAME pads as in a convolution, so that the output has ceil(input / stride) values, the odd one of the padding at
//   the
//     end; of pooling3d the format says "the same dimensions as the input", which is that for a stride of 1.
//   - A deconvolution with VALID or CUSTOM padding crops by it what it reaches, with SAME it gives input * stride
//   values, and
//     outputShape takes the place of padding, all as in two dimensions. Its dilation is honoured: unlike in two
//     dimensions, nothing says that it is ignored.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Integers = std::vector<std::int64_t>;
using Convolution = spec::Convolution3DLayerParams;
using Pooling = spec::Pooling3DLayerParams;

// The validators want all of these to be stated, as 0 stands for nothing here.
Integers positive(const LayerLowering& lowering, std::string_view name, Integers values) {
  for (const std::int64_t value : values) {
    if (value < 1) lowering.fail(std::string(name) + " can't be " + std::to_string(value));
  }
  return values;
}

template <class Params>
void add_padding(const LayerLowering& lowering, const Params& params, Attributes& attributes) {
  switch (params.paddingtype()) {
    case Params::CUSTOM: {
      Integers pads = {params.custompaddingfront(),  params.custompaddingback(), params.custompaddingtop(),
                       params.custompaddingbottom(), params.custompaddingleft(), params.custompaddingright()};
      for (const std::int64_t pad : pads) {
        if (pad < 0) lowering.fail("can't pad by " + std::to_string(pad));
      }
      attributes.push_back({"pads", std::move(pads)});
      return;
    }
    case Params::VALID:
      return;
    case Params::SAME:
      attributes.push_back({"padding", std::string("same_upper")});
      return;
    default:
      lowering.fail("its type of padding, " + std::to_string(params.paddingtype()) + ", is not known");
  }
}

void lower_convolution_3d(LayerLowering& lowering) {
  const Convolution& params = lowering.layer().convolution3d();
  lowering.need_rank(5);
  positive(lowering, "a number of channels", {params.inputchannels(), params.outputchannels()});
  positive(lowering, "a size of its kernel", {params.kerneldepth(), params.kernelheight(), params.kernelwidth()});
  const std::int64_t groups = positive(lowering, "nGroups", {params.ngroups()})[0];
  if (params.inputchannels() % groups != 0 || params.outputchannels() % groups != 0) {
    lowering.fail(std::to_string(groups) + " groups don't divide " + std::to_string(params.inputchannels()) + " and " +
                  std::to_string(params.outputchannels()) + " channels");
  }
  Attributes attributes = {
      {"groups", groups},
      {"strides", positive(lowering, "a stride", {params.stridedepth(), params.strideheight(), params.stridewidth()})},
      {"dilations",
       positive(lowering, "a dilation", {params.dilationdepth(), params.dilationheight(), params.dilationwidth()})}};
  if (params.isdeconvolution() && !params.outputshape().empty()) {
    if (params.outputshape_size() != 3) lowering.fail("outputShape must have three entries");
    Integers shape;
    for (const std::uint64_t size : params.outputshape()) {
      shape.push_back(size_field(lowering, size, "an entry of outputShape"));
    }
    attributes.push_back({"output_shape", positive(lowering, "an entry of outputShape", std::move(shape))});
  } else {
    add_padding(lowering, params, attributes);
  }
  std::vector<std::uint32_t> inputs = {lowering.input(), lowering.weight_constant("weights")};
  if (params.hasbias()) inputs.push_back(lowering.weight_constant("bias"));
  lowering.finish(params.isdeconvolution() ? "deconvolution_3d" : "convolution_3d", std::move(inputs),
                  std::move(attributes));
}

// The two kinds have the same numbers in both layers.
std::string pool_operation(const LayerLowering& lowering, int type) {
  if (type == Pooling::MAX) return "max_pool_3d";
  if (type == Pooling::AVERAGE) return "average_pool_3d";
  lowering.fail("its type of pooling, " + std::to_string(type) + ", is not known");
}

void lower_pooling_3d(LayerLowering& lowering) {
  const Pooling& params = lowering.layer().pooling3d();
  lowering.need_rank(5);
  Attributes attributes = {
      {"kernel",
       positive(lowering, "a size of its kernel", {params.kerneldepth(), params.kernelheight(), params.kernelwidth()})},
      {"strides", positive(lowering, "a stride", {params.stridedepth(), params.strideheight(), params.stridewidth()})}};
  add_padding(lowering, params, attributes);
  if (params.countexcludepadding()) attributes.push_back({"exclude_padding", std::int64_t{1}});
  lowering.finish(pool_operation(lowering, params.type()), lowering.inputs(), std::move(attributes));
}

void lower_global_pooling_3d(LayerLowering& lowering) {
  lowering.need_rank(5);
  lowering.finish(pool_operation(lowering, lowering.layer().globalpooling3d().type()), lowering.inputs(),
                  {{"global", std::int64_t{1}}});
}

}  // namespace

const LayerRules& volume_rules() {
  static const LayerRules rules = {{Layer::kConvolution3D, 1, 1, 1, 1, lower_convolution_3d},
                                   {Layer::kPooling3D, 1, 1, 1, 1, lower_pooling_3d},
                                   {Layer::kGlobalPooling3D, 1, 1, 1, 1, lower_global_pooling_3d}};
  return rules;
}

}  // namespace goldilocks::lowering
