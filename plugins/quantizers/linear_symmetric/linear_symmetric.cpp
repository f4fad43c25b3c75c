// Evenly spaced values around an exact zero, for each channel:
//
//   reach = the largest magnitude     scale = reach / (2^n / 2 - 1)     bias = -(2^n / 2) * scale
//   code  = round((weight - bias) / scale), half to even, in float64; 0 where scale <= 1e-6
//
// Scale and bias are stored as float32. Offered at 8 bits, as the reference implementation has it.

#include <memory>
#include <vector>

#include <goldilocks/plugin.hpp>

#include "../affine/channels.hpp"
#include "../affine/codes.hpp"

namespace {

namespace affine = goldilocks::affine;

class LinearSymmetricTask final : public goldilocks::QuantizerTask {
 public:
  explicit LinearSymmetricTask(const goldilocks::Weights& weights)
      : weights_(weights),
        layout_(affine::channel_layout(weights.dims, weights.channel_axis, weights.values.size())),
        ranges_(affine::channel_ranges(weights.values, layout_)) {}

  void quantize(int bits, goldilocks::Result& out) override {
    if (weights_.values.empty()) return out.unchanged();
    if (bits == 16) return out.float16();
    const auto linear = out.linear(bits, layout_.channels);
    for (std::size_t channel = 0; channel < layout_.channels; ++channel) {
      const affine::Affine rule = affine::symmetric_affine(ranges_[channel], bits);
      linear.scale[channel] = affine::to_float32(rule.scale, "scale");
      linear.bias[channel] = affine::to_float32(rule.bias, "bias");
      for (std::size_t slice = 0; slice < layout_.outer; ++slice) {
        const std::size_t run = layout_.run(slice, channel);
        affine::divided_codes(weights_.values.subspan(run, layout_.inner), rule,
                              linear.codes.subspan(run, layout_.inner));
      }
    }
  }

 private:
  goldilocks::Weights weights_;
  affine::ChannelLayout layout_;
  std::vector<affine::ValueRange> ranges_;
};

class LinearSymmetric final : public goldilocks::Quantizer {
 public:
  std::vector<int> widths() const override { return {16, 8}; }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<LinearSymmetricTask>(weights);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(LinearSymmetric, "linear_symmetric", "evenly spaced values around zero, for each channel")
