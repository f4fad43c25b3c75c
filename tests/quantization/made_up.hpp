#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/quantization/quantize_tensor.hpp"

namespace goldilocks::quantization {

// A format that no file has: it takes every kind at every granularity.
weights::Weight made_up_weight(std::vector<std::int64_t> shape);

// A function as a plain object.
using Function = std::function<plugins::QuantizedTensor(const plugins::Weights&, int bits)>;

class MadeUpPlugin final : public plugins::QuantizerPlugin {
 public:
  MadeUpPlugin() { name = "made_up"; }
  std::unique_ptr<plugins::Quantizer> create(const plugins::OptionValues& options) const override;
};

// One tensor quantized at one width and granularity; "" stands for none.
Outcome quantize(const weights::Weight& weight, const std::vector<float>& values, const Function& function, int bits,
                 const std::string& granularity, const std::vector<float>& importance = {});
// The same at several settings.
std::vector<Outcome> quantize(const weights::Weight& weight, const std::vector<float>& values, const Function& function,
                              const std::vector<QuantizeSettings>& settings, const std::vector<float>& importance = {});

// A table of the smallest and the largest value, codes by which is nearer.
plugins::QuantizedTensor two_values(const plugins::Weights& weights, int bits);
// Codes between each channel's smallest and largest value.
plugins::QuantizedTensor linear(const plugins::Weights& weights, int bits);

}  // namespace goldilocks::quantization
