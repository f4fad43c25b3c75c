// Evenly spaced values from the least to the largest weight of each channel:
//
//   scale = (largest - least) / (2^n - 1)     bias = least
//   code  = round((weight - bias) * (1 / scale)), half to even, in float64; 0 where scale <= 1e-6
//
// Scale and bias are stored as float32.

#include <memory>

#include <goldilocks/affine.hpp>
#include <goldilocks/plugin.hpp>

namespace {

class Linear final : public goldilocks::Quantizer {
 public:
  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return goldilocks::affine::channelwise_task(weights, goldilocks::affine::affine_of_range,
                                                goldilocks::affine::multiplied_codes);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(Linear, "linear", "evenly spaced values over the range of each channel")
