// Evenly spaced values around an exact zero, for each channel:
//
//   reach = the largest magnitude     scale = reach / (2^n / 2 - 1)     bias = -(2^n / 2) * scale
//   code  = round((weight - bias) / scale), half to even, in float64; 0 where scale <= 1e-6
//
// Scale and bias are stored as float32. Offered at 8 bits, as the reference implementation has it. In models with
// integer zero points (ML Programs), at 4 bits too, each channel has a scale alone, or unsigned codes about one zero
// point: see goldilocks/zero_point.hpp.

#include <memory>
#include <string>
#include <vector>

#include <goldilocks/affine.hpp>
#include <goldilocks/plugin.hpp>
#include <goldilocks/zero_point.hpp>

namespace {

class LinearSymmetric final : public goldilocks::Quantizer {
 public:
  std::vector<int> widths() const override { return {16, 8}; }
  std::vector<int> zero_point_widths() const override { return {4}; }

  void declare(goldilocks::Options& options) override {
    options.boolean("unsigned", &is_unsigned_, "of ML Programs: store codes as unsigned integers");
    goldilocks::affine::declare_arithmetic(options, &arithmetic_);
  }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    if (weights.has_zero_points()) {
      return goldilocks::affine::zero_point_task(weights,
                                                 {.is_symmetric = true,
                                                  .is_unsigned = is_unsigned_,
                                                  .arithmetic = goldilocks::affine::arithmetic_named(arithmetic_)});
    }
    return goldilocks::affine::channelwise_task(weights, goldilocks::affine::symmetric_affine,
                                                goldilocks::affine::divided_codes);
  }

 private:
  bool is_unsigned_ = false;
  std::string arithmetic_ = "reference";
};

}  // namespace

GOLDILOCKS_QUANTIZER(LinearSymmetric, "linear_symmetric", "evenly spaced values around zero, for each channel")
