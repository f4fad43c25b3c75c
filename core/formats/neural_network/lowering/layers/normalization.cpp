// batchnorm, mvn, l2normalize, layerNormalization, scale, bias, lrn and softmax.
//
// Channel, height and width are the last three dimensions, and all before them a batch of their own each: what mvn and
// l2normalize compute over "all elements" is over these three.
#include <cmath>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;

constexpr float default_batchnorm_epsilon = 1e-5F;
constexpr float default_norm_epsilon = 1e-6F;  // of mvn and l2normalize

double batchnorm_epsilon(const spec::BatchnormLayerParams& params) {
  return static_cast<double>(params.epsilon() == 0 ? default_batchnorm_epsilon : params.epsilon());
}

// Mean and variance of the input itself: of each plane, or of a channel over the whole batch.
void lower_computed_batchnorm(LayerLowering& lowering, std::int64_t channels) {
  const spec::BatchnormLayerParams& params = lowering.layer().batchnorm();
  std::vector<std::int64_t> axes = {-2, -1};
  if (!params.instancenormalization()) {
    for (std::size_t axis = 0; axis + 3 < lowering.dims().size(); ++axis) {
      axes.push_back(static_cast<std::int64_t>(axis));
    }
  }
  const std::uint32_t gamma = lowering.constant("gamma", {channels, 1, 1}, lowering.required_weights("gamma").values);
  const std::uint32_t beta = lowering.constant("beta", {channels, 1, 1}, lowering.required_weights("beta").values);
  lowering.finish("normalize", {lowering.input(), gamma, beta},
                  {{"axes", std::move(axes)}, {"epsilon", batchnorm_epsilon(params)}});
}

// gamma * (x - mean) / sqrt(variance + epsilon) + beta as one scale and bias per channel, computed in float64.
void lower_batchnorm(LayerLowering& lowering) {
  const spec::BatchnormLayerParams& params = lowering.layer().batchnorm();
  lowering.need_rank(3);
  const std::int64_t channels = size_field(lowering, params.channels(), "channels");
  if (params.computemeanvar()) return lower_computed_batchnorm(lowering, channels);
  const std::vector<float> gamma = lowering.required_weights("gamma").values;
  const std::vector<float> beta = lowering.required_weights("beta").values;
  const std::vector<float> mean = lowering.required_weights("mean").values;
  const std::vector<float> variance = lowering.required_weights("variance").values;
  const double epsilon = batchnorm_epsilon(params);
  std::vector<float> scale(gamma.size());
  std::vector<float> bias(gamma.size());
  for (std::size_t channel = 0; channel < gamma.size(); ++channel) {
    const double spread = static_cast<double>(variance[channel]) + epsilon;
    if (!(spread > 0)) lowering.fail("variance[" + std::to_string(channel) + "] + epsilon is not positive");
    const double factor = static_cast<double>(gamma[channel]) / std::sqrt(spread);
    scale[channel] = static_cast<float>(factor);
    bias[channel] =
        static_cast<float>(static_cast<double>(beta[channel]) - static_cast<double>(mean[channel]) * factor);
  }
  const std::uint32_t scales = lowering.constant("scale", {channels, 1, 1}, std::move(scale));
  const std::uint32_t biases = lowering.constant("bias", {channels, 1, 1}, std::move(bias));
  lowering.finish("affine", {lowering.input(), scales, biases}, {});
}

double norm_epsilon(float stated) { return static_cast<double>(stated == 0 ? default_norm_epsilon : stated); }

void lower_mvn(LayerLowering& lowering) {
  const spec::MeanVarianceNormalizeLayerParams& params = lowering.layer().mvn();
  lowering.need_rank(3);
  std::vector<std::int64_t> axes = {-2, -1};
  if (params.acrosschannels()) axes.insert(axes.begin(), -3);
  if (params.normalizevariance()) {
    lowering.finish("normalize", {lowering.input()},
                    {{"axes", std::move(axes)}, {"epsilon", norm_epsilon(params.epsilon())}});
    return;
  }
  const std::uint32_t mean =
      lowering.add("reduce_mean", {lowering.input()}, {{"axes", std::move(axes)}, {"keep_dims", std::int64_t{1}}});
  lowering.finish("subtract", {lowering.input(), mean}, {});
}

// x / sqrt(sum of x^2 + epsilon).
void lower_l2_normalize(LayerLowering& lowering) {
  lowering.need_rank(3);
  const std::uint32_t squares =
      lowering.add("reduce_sum_square", {lowering.input()},
                   {{"axes", std::vector<std::int64_t>{-3, -2, -1}}, {"keep_dims", std::int64_t{1}}});
  const std::uint32_t factor =
      lowering.add("rsqrt", {squares}, {{"epsilon", norm_epsilon(lowering.layer().l2normalize().epsilon())}});
  lowering.finish("multiply", {lowering.input(), factor}, {});
}

// Over the last dimensions, as many as the normalized shape has. Its epsilon has no default: 0 is 0.
void lower_layer_normalization(LayerLowering& lowering) {
  const spec::LayerNormalizationLayerParams& params = lowering.layer().layernormalization();
  const Dims shape(params.normalizedshape().begin(), params.normalizedshape().end());
  const Dims& dims = lowering.dims();
  std::vector<std::int64_t> axes;
  for (std::size_t last = 1; last <= shape.size() && last <= dims.size(); ++last) {
    const std::int64_t size = dims[dims.size() - last];
    if (size != -1 && size != shape[shape.size() - last]) break;
    axes.push_back(-static_cast<std::int64_t>(last));
  }
  if (shape.empty() || axes.size() != shape.size()) {
    lowering.fail("normalizedShape " + graph::to_text(shape) + " is not how its input's shape " + graph::to_text(dims) +
                  " ends");
  }
  const std::uint32_t gamma = lowering.weight_constant("gamma");
  const std::uint32_t beta = lowering.weight_constant("beta");
  lowering.finish("normalize", {lowering.input(), gamma, beta},
                  {{"axes", std::move(axes)}, {"epsilon", static_cast<double>(params.eps())}});
}

// A parameter of shape [1], [C], [1, H, W] or [C, H, W], ready to be broadcast.
std::uint32_t spatial_parameter(LayerLowering& lowering, std::string_view name) {
  LayerLowering::Weights weights = lowering.required_weights(name);
  Dims dims = weights.shape;
  if (dims.size() == 1) dims.insert(dims.end(), {1, 1});
  if (dims.size() != 3) {
    lowering.fail(std::string(name) + " has shape " + graph::to_text(weights.shape) + "; its rank must be 1 or 3");
  }
  return lowering.constant(name, std::move(dims), std::move(weights.values));
}

void lower_scale(LayerLowering& lowering) {
  lowering.need_rank(3);
  std::vector<std::uint32_t> inputs = {lowering.input(), spatial_parameter(lowering, "scale")};
  if (lowering.layer().scale().hasbias()) inputs.push_back(spatial_parameter(lowering, "bias"));
  lowering.finish("affine", std::move(inputs), {});
}

void lower_bias(LayerLowering& lowering) {
  lowering.need_rank(3);
  lowering.finish("affine", {lowering.input(), GLK_NO_VALUE, spatial_parameter(lowering, "bias")}, {});
}

// The format writes the sum's factor as alpha / C. C is the size of the window, as in the framework that the layer
// comes from, not the number of channels.
void lower_lrn(LayerLowering& lowering) {
  const spec::LRNLayerParams& params = lowering.layer().lrn();
  lowering.need_rank(3);
  lowering.finish("local_response_normalization", {lowering.input()},
                  {{"alpha", static_cast<double>(params.alpha())},
                   {"beta", static_cast<double>(params.beta())},
                   {"k", params.k() == 0 ? 1.0 : static_cast<double>(params.k())},
                   {"size", size_field(lowering, params.localsize(), "localSize")}});
}

void lower_softmax(LayerLowering& lowering) {
  lowering.need_rank(3);
  lowering.finish("softmax", {lowering.input()}, {{"axis", std::int64_t{-3}}});
}

}  // namespace

const LayerRules& normalization_rules() {
  static const LayerRules rules = {{Layer::kBatchnorm, 1, 1, 1, 1, lower_batchnorm},
                                   {Layer::kMvn, 1, 1, 1, 1, lower_mvn},
                                   {Layer::kL2Normalize, 1, 1, 1, 1, lower_l2_normalize},
                                   {Layer::kLayerNormalization, 1, 1, 1, 1, lower_layer_normalization},
                                   {Layer::kScale, 1, 1, 1, 1, lower_scale},
                                   {Layer::kBias, 1, 1, 1, 1, lower_bias},
                                   {Layer::kLrn, 1, 1, 1, 1, lower_lrn},
                                   {Layer::kSoftmax, 1, 1, 1, 1, lower_softmax}};
  return rules;
}

}  // namespace goldilocks::lowering
