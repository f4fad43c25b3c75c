// What batchnorm, scale and bias layers do to a channel.
#include "core/formats/neural_network/passes/channel_affine.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/formats/neural_network/weight_codec.hpp"

namespace goldilocks::model {
namespace {

// What the format reads an epsilon of 0 as.
constexpr float default_epsilon = 1e-5F;

using ConstSlot = WeightSlot<const spec::WeightParams>;

std::vector<double> values_of(const ConstSlot& slot, std::string_view where) {
  const std::vector<float> values = decode_weights(slot, fmt::format("{}.{}", where, slot.parameter));
  return {values.begin(), values.end()};
}

bool is_per_channel(const std::vector<std::int64_t>& shape) {
  return shape.size() == 1 || (shape.size() == 3 && shape[1] == 1 && shape[2] == 1);
}

// The slots of the layer by name; a parameter that is switched off is not among them.
class Parameters {
 public:
  Parameters(const spec::NeuralNetworkLayer& layer, std::string_view where) : where_(where) {
    for_each_weight(layer, [this](const ConstSlot& slot) {
      if (slot.enabled) slots_.push_back(slot);
    });
  }

  // Nothing where the parameter is missing, or differs from place to place within a channel.
  std::optional<std::vector<double>> get(std::string_view parameter) const {
    const auto slot = std::ranges::find(slots_, parameter, &ConstSlot::parameter);
    if (slot == slots_.end() || !is_per_channel(slot->shape)) return std::nullopt;
    std::vector<double> values = values_of(*slot, where_);
    if (values.empty()) return std::nullopt;
    return values;
  }

 private:
  std::string_view where_;
  std::vector<ConstSlot> slots_;
};

std::optional<ChannelAffine> batchnorm_affine(const spec::BatchnormLayerParams& params, const Parameters& parameters) {
  if (params.computemeanvar() || params.instancenormalization()) return std::nullopt;
  const auto gamma = parameters.get("gamma");
  const auto beta = parameters.get("beta");
  const auto mean = parameters.get("mean");
  const auto variance = parameters.get("variance");
  if (!gamma || !beta || !mean || !variance) return std::nullopt;
  const auto epsilon = static_cast<double>(params.epsilon() == 0 ? default_epsilon : params.epsilon());
  ChannelAffine affine;
  for (std::size_t channel = 0; channel < gamma->size(); ++channel) {
    // Without a positive one, the factor is no finite number.
    const double spread = (*variance)[channel] + epsilon;
    affine.scale.push_back((*gamma)[channel] / std::sqrt(spread));
    affine.offset.push_back((*beta)[channel] - (*mean)[channel] * affine.scale.back());
  }
  affine.channels = gamma->size();
  return affine;
}

std::optional<ChannelAffine> scale_affine(const spec::ScaleLayerParams& params, const Parameters& parameters) {
  const auto scale = parameters.get("scale");
  const auto bias = params.hasbias() ? parameters.get("bias") : std::vector<double>{0.0};
  if (!scale || !bias) return std::nullopt;
  return ChannelAffine{.scale = *scale, .offset = *bias, .channels = {}};
}

std::optional<ChannelAffine> bias_affine(const Parameters& parameters) {
  const auto bias = parameters.get("bias");
  if (!bias) return std::nullopt;
  return ChannelAffine{.scale = {1.0}, .offset = *bias, .channels = {}};
}

}  // namespace

bool ChannelAffine::scales() const {
  return std::ranges::any_of(scale, [](double factor) { return factor != 1; });
}

bool ChannelAffine::offsets() const {
  return std::ranges::any_of(offset, [](double value) { return value != 0; });
}

bool ChannelAffine::fits(std::size_t count) const {
  if (channels && *channels != count) return false;
  return (scale.size() == 1 || scale.size() == count) && (offset.size() == 1 || offset.size() == count);
}

std::optional<ChannelAffine> channel_affine(const spec::NeuralNetworkLayer& layer, std::string_view where) {
  std::optional<ChannelAffine> affine;
  if (layer.has_batchnorm()) {
    affine = batchnorm_affine(layer.batchnorm(), Parameters(layer, where));
  } else if (layer.has_scale()) {
    affine = scale_affine(layer.scale(), Parameters(layer, where));
  } else if (layer.has_bias()) {
    affine = bias_affine(Parameters(layer, where));
  }
  const auto is_finite = [](double value) { return std::isfinite(value); };
  if (affine && !(std::ranges::all_of(affine->scale, is_finite) && std::ranges::all_of(affine->offset, is_finite))) {
    return std::nullopt;
  }
  return affine;
}

}  // namespace goldilocks::model
