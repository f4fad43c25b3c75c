#include "core/formats/neural_network/layer_channels.hpp"

#include <algorithm>
#include <limits>

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

LayerChannels convolution(const spec::ConvolutionLayerParams& params) {
  const std::uint64_t groups = std::max<std::uint64_t>(params.ngroups(), 1);
  const std::uint64_t kernel = params.kernelchannels();
  std::uint64_t input = kernel;
  if (!params.isdeconvolution() && __builtin_mul_overflow(kernel, groups, &input)) {
    input = std::numeric_limits<std::uint64_t>::max();
  }
  return {.kernel = kernel, .groups = groups, .input = input, .output = params.outputchannels()};
}

LayerChannels convolution3d(const spec::Convolution3DLayerParams& params) {
  if (params.inputchannels() < 0 || params.outputchannels() < 0) return {};
  const auto input = static_cast<std::uint64_t>(params.inputchannels());
  const auto groups = static_cast<std::uint64_t>(std::max(params.ngroups(), 1));
  return {.kernel = params.isdeconvolution() ? input : input / groups,
          .groups = groups,
          .input = input,
          .output = static_cast<std::uint64_t>(params.outputchannels())};
}

LayerChannels matrix(std::uint64_t input, std::uint64_t output) {
  return {.kernel = {}, .groups = {}, .input = input, .output = output};
}

template <class Params>
LayerChannels recurrent(const Params& params) {
  return matrix(params.inputvectorsize(), params.outputvectorsize());
}

}  // namespace

LayerChannels layer_channels(const Layer& layer) {
  switch (layer.layer_case()) {
    case Layer::kConvolution:
      return convolution(layer.convolution());
    case Layer::kConvolution3D:
      return convolution3d(layer.convolution3d());
    case Layer::kInnerProduct:
      return matrix(layer.innerproduct().inputchannels(), layer.innerproduct().outputchannels());
    case Layer::kBatchedMatmul:
      return matrix(layer.batchedmatmul().weightmatrixfirstdimension(),
                    layer.batchedmatmul().weightmatrixseconddimension());
    case Layer::kEmbedding:
      return matrix(layer.embedding().inputdim(), layer.embedding().outputchannels());
    case Layer::kEmbeddingND:
      return matrix(layer.embeddingnd().vocabsize(), layer.embeddingnd().embeddingsize());
    case Layer::kBatchnorm:
      return matrix(layer.batchnorm().channels(), layer.batchnorm().channels());
    case Layer::kSimpleRecurrent:
      return recurrent(layer.simplerecurrent());
    case Layer::kGru:
      return recurrent(layer.gru());
    case Layer::kUniDirectionalLSTM:
      return recurrent(layer.unidirectionallstm());
    case Layer::kBiDirectionalLSTM:
      return recurrent(layer.bidirectionallstm());
    default:
      return {};
  }
}

}  // namespace goldilocks::model
