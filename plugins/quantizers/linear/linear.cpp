// Evenly spaced values from the least to the largest weight of each channel:
//
//   scale = (largest - least) / (2^n - 1)     bias = least
//   code  = round((weight - bias) * (1 / scale)), half to even, in float64; 0 where scale <= 1e-6
//
// Scale and bias are stored as float32.

#include <memory>
#include <vector>

#include <goldilocks/plugin.hpp>

#include "../affine/channels.hpp"
#include "../affine/codes.hpp"

namespace {

namespace affine = goldilocks::affine;

class LinearTask final : public goldilocks::QuantizerTask {
 public:
  explicit LinearTask(const goldilocks::Weights& weights)
      : weights_(weights),
        layout_(affine::channel_layout(weights.dims, weights.channel_axis, weights.values.size())),
        ranges_(affine::channel_ranges(weights.values, layout_)) {}

  void quantize(int bits, goldilocks::Result& out) override {
    if (weights_.values.empty()) return out.unchanged();
    if (bits == 16) return out.float16();
    const auto linear = out.linear(bits, layout_.channels);
    for (std::size_t channel = 0; channel < layout_.channels; ++channel) {
      const affine::Affine rule = affine::affine_of_range(ranges_[channel], bits);
      linear.scale[channel] = affine::to_float32(rule.scale, "scale");
      linear.bias[channel] = affine::to_float32(rule.bias, "bias");
      for (std::size_t slice = 0; slice < layout_.outer; ++slice) {
        const std::size_t run = layout_.run(slice, channel);
        affine::multiplied_codes(weights_.values.subspan(run, layout_.inner), rule,
                                 linear.codes.subspan(run, layout_.inner));
      }
    }
  }

 private:
  goldilocks::Weights weights_;
  affine::ChannelLayout layout_;
  std::vector<affine::ValueRange> ranges_;
};

class Linear final : public goldilocks::Quantizer {
 public:
  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<LinearTask>(weights);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(Linear, "linear", "evenly spaced values over the range of each channel")
