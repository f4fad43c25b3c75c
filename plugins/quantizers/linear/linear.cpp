// Evenly spaced values from the least to the largest weight of each channel:
//
//   scale = (largest - least) / (2^n - 1)     bias = least
//   code  = round((weight - bias) * (1 / scale)), half to even, in float64; 0 where scale <= 1e-6
//
// Scale and bias are stored as float32. In models with integer zero points (ML Programs) the range includes 0, and each
// channel has a scale and a zero point: see goldilocks/zero_point.hpp.

#include <memory>
#include <string>

#include <goldilocks/affine.hpp>
#include <goldilocks/plugin.hpp>
#include <goldilocks/zero_point.hpp>

namespace {

class Linear final : public goldilocks::Quantizer {
 public:
  void declare(goldilocks::Options& options) override {
    options.boolean("unsigned", &is_unsigned_, "of ML Programs: store codes as unsigned integers");
    goldilocks::affine::declare_arithmetic(options, &arithmetic_);
  }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    if (weights.has_zero_points()) {
      return goldilocks::affine::zero_point_task(weights,
                                                 {.is_symmetric = false,
                                                  .is_unsigned = is_unsigned_,
                                                  .arithmetic = goldilocks::affine::arithmetic_named(arithmetic_)});
    }
    return goldilocks::affine::channelwise_task(weights, goldilocks::affine::affine_of_range,
                                                goldilocks::affine::multiplied_codes);
  }

 private:
  bool is_unsigned_ = false;
  std::string arithmetic_ = "reference";
};

}  // namespace

GOLDILOCKS_QUANTIZER(Linear, "linear", "evenly spaced values over the range of each channel")
