// Evenly spaced values around an exact zero, for each channel:
//
//   reach = the largest magnitude     scale = reach / (2^n / 2 - 1)     bias = -(2^n / 2) * scale
//   code  = round((weight - bias) / scale), half to even, in float64; 0 where scale <= 1e-6
//
// Scale and bias are stored as float32. Offered at 8 bits, as the reference implementation has it.

#include <memory>
#include <vector>

#include <goldilocks/affine.hpp>
#include <goldilocks/plugin.hpp>

namespace {

class LinearSymmetric final : public goldilocks::Quantizer {
 public:
  std::vector<int> widths() const override { return {16, 8}; }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return goldilocks::affine::channelwise_task(weights, goldilocks::affine::symmetric_affine,
                                                goldilocks::affine::divided_codes);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(LinearSymmetric, "linear_symmetric", "evenly spaced values around zero, for each channel")
