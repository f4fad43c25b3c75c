// An affine of channels into the weights of the layer before it: y = s * (W x + b) + t = (s W) x + (s b + t).
//
// Products and sums are float64 and rounded to float32 once. Everything is computed before anything is stored, so that
// a result that is too large leaves the layer as it was; the kernel, which may be most of the model, is gone over twice
// instead of being copied.
#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "core/formats/neural_network/passes/channel_affine.hpp"
#include "core/formats/neural_network/weight_codec.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;
using ConstSlot = WeightSlot<const spec::WeightParams>;

bool is_finite(float value) { return std::isfinite(value); }

// Floats, and not about to be trained.
bool is_plain(const spec::WeightParams& params) {
  const bool is_float32 = params.floatvalue_size() > 0;
  const bool is_float16 = !params.float16value().empty();
  return is_float32 != is_float16 && params.rawvalue().empty() && params.int8rawvalue().empty() &&
         !params.isupdatable();
}

// The channel of each run of consecutive weights, in the order of storage.
struct ChannelRuns {
  std::size_t length = 1;   // weights in a run
  std::size_t outputs = 1;  // output channels of a group
  std::size_t inputs = 0;   // of a deconvolution: input channels of a group. 0: each run is the next channel

  // Deconvolutions store [input, output of the group, height, width].
  std::size_t channel(std::size_t run) const {
    return inputs == 0 ? run : run / outputs / inputs * outputs + run % outputs;
  }
};

// Calls visit(value, factor of its channel) for the values in order, until it says false.
template <class Float, class Visit>
bool for_each_value(std::span<Float> values, const ChannelRuns& runs, const ChannelAffine& affine, const Visit& visit) {
  for (std::size_t first = 0, run = 0; first < values.size(); first += runs.length, ++run) {
    const double factor = affine.scale_of(runs.channel(run));
    for (Float& value : values.subspan(first, runs.length)) {
      if (!visit(value, factor)) return false;
    }
  }
  return true;
}

float product(float value, double factor) { return static_cast<float>(static_cast<double>(value) * factor); }

// Makes float32 of float16; `values` are what is stored.
void widen(spec::WeightParams& params, std::span<const float> values) {
  if (!params.float16value().empty()) store_float32(params, values);
}

std::optional<ConstSlot> find_slot(const Layer& layer, std::string_view parameter) {
  std::optional<ConstSlot> found;
  for_each_weight(layer, [&](const ConstSlot& slot) {
    if (slot.enabled && slot.parameter == parameter) found = slot;
  });
  return found;
}

// s * before + t for that many channels; `before` holds one value per channel, one for all, or none, which is 0.
// Nothing if one is not finite.
std::optional<std::vector<float>> apply(const ChannelAffine& affine, std::span<const float> before, std::size_t count) {
  std::vector<float> after(count);
  for (std::size_t channel = 0; channel < count; ++channel) {
    const double value =
        before.empty() ? 0.0 : static_cast<double>(before[before.size() == 1 ? std::size_t{0} : channel]);
    after[channel] = static_cast<float>(affine.scale_of(channel) * value + affine.offset_of(channel));
  }
  if (!std::ranges::all_of(after, is_finite)) return std::nullopt;
  return after;
}

// What convolution and inner product share: weights of output channels, and a bias that may be switched off.
template <class Params>
bool absorb_into_kernel(Layer& layer, Params& params, const ChannelRuns& runs, const ChannelAffine& affine,
                        std::string_view where) {
  const std::size_t channels = params.outputchannels();
  const std::optional<ConstSlot> slot = find_slot(layer, "weights");
  if (!slot || !affine.fits(channels) || !is_plain(params.weights())) return false;
  if (params.hasbias() && !is_plain(params.bias())) return false;
  std::vector<float> buffer;
  const std::span<const float> values = view_weights(*slot, fmt::format("{}.weights", where), buffer);
  const bool scales = affine.scales();
  if (scales && !for_each_value(values, runs, affine,
                                [](float value, double factor) { return is_finite(product(value, factor)); })) {
    return false;
  }
  std::optional<std::vector<float>> bias;
  if (params.hasbias() || affine.offsets()) {
    std::vector<float> before;
    if (params.hasbias()) before = decode_weights(find_slot(layer, "bias").value(), fmt::format("{}.bias", where));
    bias = apply(affine, before, channels);
    if (!bias) return false;
  }
  if (scales || bias) widen(*params.mutable_weights(), values);
  if (scales) {
    auto& stored = *params.mutable_weights()->mutable_floatvalue();
    for_each_value(std::span(stored.mutable_data(), static_cast<std::size_t>(stored.size())), runs, affine,
                   [](float& value, double factor) {
                     value = product(value, factor);
                     return true;
                   });
  }
  if (bias) {
    params.set_hasbias(true);
    store_float32(*params.mutable_bias(), *bias);
  }
  return true;
}

bool absorb_into_convolution(Layer& layer, const ChannelAffine& affine, std::string_view where) {
  spec::ConvolutionLayerParams& params = *layer.mutable_convolution();
  const std::optional<ConstSlot> slot = find_slot(layer, "weights");  // none where they come from an input
  if (!slot || params.outputchannels() == 0) return false;
  const std::size_t groups = params.ngroups() == 0 ? 1 : params.ngroups();
  const std::size_t window = static_cast<std::size_t>(slot->shape[2]) * static_cast<std::size_t>(slot->shape[3]);
  if (!params.isdeconvolution()) {
    return absorb_into_kernel(layer, params, {.length = window * params.kernelchannels()}, affine, where);
  }
  // Without whole groups there is no telling which channel a weight belongs to.
  if (params.outputchannels() % groups != 0 || params.kernelchannels() % groups != 0) return false;
  const ChannelRuns runs{
      .length = window, .outputs = params.outputchannels() / groups, .inputs = params.kernelchannels() / groups};
  return absorb_into_kernel(layer, params, runs, affine, where);
}

bool absorb_into_inner_product(Layer& layer, const ChannelAffine& affine, std::string_view where) {
  spec::InnerProductLayerParams& params = *layer.mutable_innerproduct();
  if (params.int8dynamicquantize()) return false;
  return absorb_into_kernel(layer, params, {.length = params.inputchannels()}, affine, where);
}

// gamma * n(x) + beta, where n(x) is the input less its mean, divided by its deviation: the statistics stay.
bool absorb_into_batchnorm(Layer& layer, const ChannelAffine& affine, std::string_view where) {
  spec::BatchnormLayerParams& params = *layer.mutable_batchnorm();
  if (params.computemeanvar() || params.instancenormalization() || !affine.fits(params.channels())) return false;
  if (!is_plain(params.gamma()) || !is_plain(params.beta()) || !is_plain(params.mean()) ||
      !is_plain(params.variance())) {
    return false;
  }
  const auto values = [&](std::string_view parameter) {
    return decode_weights(find_slot(layer, parameter).value(), fmt::format("{}.{}", where, parameter));
  };
  const ChannelAffine factors{.scale = affine.scale, .offset = {0.0}, .channels = {}};
  const auto gamma = apply(factors, values("gamma"), params.channels());
  const auto beta = apply(affine, values("beta"), params.channels());
  if (!gamma || !beta) return false;
  store_float32(*params.mutable_mean(), values("mean"));
  store_float32(*params.mutable_variance(), values("variance"));
  store_float32(*params.mutable_gamma(), *gamma);
  store_float32(*params.mutable_beta(), *beta);
  return true;
}

// The shape of a parameter that has `count` values now: as it was, or of its old rank.
void set_shape(google::protobuf::RepeatedField<std::uint64_t>& shape, std::size_t count) {
  if (shape.empty()) shape.Add(count);
  shape.Set(0, count);
}

bool absorb_into_scale(Layer& layer, const ChannelAffine& affine, std::string_view where) {
  spec::ScaleLayerParams& params = *layer.mutable_scale();
  if (!is_plain(params.scale()) || (params.hasbias() && !is_plain(params.bias()))) return false;
  const std::optional<ChannelAffine> own = channel_affine(layer, where);
  if (!own) return false;
  const std::size_t channels = affine.channels.value_or(
      std::max({own->scale.size(), own->offset.size(), affine.scale.size(), affine.offset.size()}));
  if (!own->fits(channels) || !affine.fits(channels)) return false;
  const std::size_t scale_count = std::max(own->scale.size(), affine.scale.size());
  const std::size_t bias_count = std::max({own->offset.size(), affine.scale.size(), affine.offset.size()});
  const std::vector<float> before_scale(own->scale.begin(), own->scale.end());
  const std::vector<float> before_bias(own->offset.begin(), own->offset.end());
  const ChannelAffine factors{.scale = affine.scale, .offset = {0.0}, .channels = {}};
  const auto scale = apply(factors, before_scale, scale_count);
  const auto bias = apply(affine, before_bias, bias_count);
  if (!scale || !bias) return false;
  store_float32(*params.mutable_scale(), *scale);
  set_shape(*params.mutable_shapescale(), scale_count);
  if (params.hasbias() || affine.offsets()) {
    if (!params.hasbias()) params.clear_shapebias();
    params.set_hasbias(true);
    store_float32(*params.mutable_bias(), *bias);
    set_shape(*params.mutable_shapebias(), bias_count);
  }
  return true;
}

}  // namespace

bool absorb(Layer& layer, const ChannelAffine& affine, std::string_view where) {
  if (layer.isupdatable()) return false;
  switch (layer.layer_case()) {
    case Layer::kConvolution:
      return absorb_into_convolution(layer, affine, where);
    case Layer::kInnerProduct:
      return absorb_into_inner_product(layer, affine, where);
    case Layer::kBatchnorm:
      return absorb_into_batchnorm(layer, affine, where);
    case Layer::kScale:
      return absorb_into_scale(layer, affine, where);
    default:
      return false;
  }
}

}  // namespace goldilocks::model
