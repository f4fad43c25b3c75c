#include <cstddef>
#include <vector>

#include <goldilocks/affine.hpp>

namespace goldilocks::affine {
namespace {

class ChannelwiseTask final : public QuantizerTask {
 public:
  ChannelwiseTask(const Weights& weights, AffineRule affine_of, CodeRule codes_of)
      : weights_(weights),
        affine_of_(affine_of),
        codes_of_(codes_of),
        layout_(channel_layout(weights.dims, weights.channel_axis, weights.values.size())),
        ranges_(channel_ranges(weights.values, layout_)) {}

  void quantize(int bits, Result& out) override {
    if (weights_.values.empty()) return out.unchanged();
    if (bits == 16) return out.float16();
    const auto linear = out.linear(bits, layout_.channels);
    for (std::size_t channel = 0; channel < layout_.channels; ++channel) {
      const Affine rule = affine_of_(ranges_[channel], bits);
      linear.scale[channel] = to_float32(rule.scale, "scale");
      linear.bias[channel] = to_float32(rule.bias, "bias");
      for (std::size_t slice = 0; slice < layout_.outer; ++slice) {
        const std::size_t run = layout_.run(slice, channel);
        codes_of_(weights_.values.subspan(run, layout_.inner), rule, linear.codes.subspan(run, layout_.inner));
      }
    }
  }

 private:
  Weights weights_;
  AffineRule affine_of_;
  CodeRule codes_of_;
  ChannelLayout layout_;
  std::vector<ValueRange> ranges_;
};

}  // namespace

std::unique_ptr<QuantizerTask> channelwise_task(const Weights& weights, AffineRule affine_of, CodeRule codes_of) {
  return std::make_unique<ChannelwiseTask>(weights, affine_of, codes_of);
}

}  // namespace goldilocks::affine
