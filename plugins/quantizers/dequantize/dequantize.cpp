// Back to float32: the values that codes and tables, scales, float16 or int8 stand for. The host hands them over
// already widened; what a runtime would compute with, the file then holds. What was rounded away does not come back.

#include <algorithm>
#include <memory>

#include <goldilocks/plugin.hpp>

namespace {

class DequantizeTask final : public goldilocks::QuantizerTask {
 public:
  explicit DequantizeTask(const goldilocks::Weights& weights) : weights_(weights) {}

  void quantize(int /*bits*/, goldilocks::Result& out) override {
    if (weights_.values.empty()) return out.unchanged("no values");
    if (weights_.stored_form == GLK_FORM_FLOAT32) return out.unchanged("float32 already");
    std::ranges::copy(weights_.values, out.float32().begin());
  }

 private:
  goldilocks::Weights weights_;
};

class Dequantize final : public goldilocks::Quantizer {
 public:
  bool chooses_width() const override { return true; }
  bool takes_quantized() const override { return true; }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<DequantizeTask>(weights);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(Dequantize, "dequantize", "codes, tables, float16 and int8 back to float32")
