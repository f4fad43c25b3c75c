// Signed bytes with one scale, for layers whose runtime quantizes the activations too, while it runs:
//
//   largest = max |weight|     scale = largest / 127, stored as float32
//   code    = 127 * (weight / largest), rounded toward zero, in float64
//
// The order of the operations matters: weight / scale rounds to another code in one tensor of ten. The matrices of
// inner products and batched products alone can be stored so.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/plugin.hpp>

namespace {

class Int8DynamicTask final : public goldilocks::QuantizerTask {
 public:
  explicit Int8DynamicTask(const goldilocks::Weights& weights) : values_(weights.values) {}

  void quantize(int /*bits*/, goldilocks::Result& out) override {
    if (values_.empty()) return out.unchanged("no values");
    float magnitude = 0;
    for (const float value : values_) magnitude = std::max(magnitude, std::fabs(value));
    const auto largest = static_cast<double>(magnitude);
    const auto scale = static_cast<float>(largest / 127);
    if (scale == 0) return out.unchanged("all weights are 0, or too small for a scale");
    const auto int8 = out.int8();
    int8.scale = scale;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      int8.values[i] = static_cast<std::int8_t>(127 * (static_cast<double>(values_[i]) / largest));
    }
  }

 private:
  std::span<const float> values_;
};

class Int8Dynamic final : public goldilocks::Quantizer {
 public:
  std::vector<int> widths() const override { return {8}; }
  std::vector<std::string> layer_types() const override { return {"innerProduct", "batchedMatmul"}; }
  std::vector<std::string> parameters() const override { return {"weights"}; }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<Int8DynamicTask>(weights);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(Int8Dynamic, "int8_dynamic", "signed bytes for matrices whose layers compute in int8")
