#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/pipeline/quantization/weight_parts.hpp"
#include "core/plugins/quantizer.hpp"

namespace goldilocks::pipeline {

// What one width made of one weight tensor.
struct WeightOutcome {
  std::optional<coreml::WeightParams> stored;  // nothing: it stays as it was
  std::string note;
  std::string function{};      // that was asked
  std::uint32_t rule = 0;      // of the request, from 1; 0: none
  bool may_be_floats = false;  // where its codes turn out to be no smaller
  bool is_lossless = false;    // of a function that chooses its widths: floats in its place must keep every value

  const coreml::WeightParams& content(const WeightPart& part) const { return stored ? *stored : part.content; }
};

// What is to be done with one tensor.
struct WeightChoice {
  const plugins::QuantizerPlugin* plugin = nullptr;
  const plugins::Quantizer* quantizer = nullptr;
  bool skip = false;
  bool is_explicit = false;  // as QuantizeRule has it
  std::optional<int> bits;   // else the width of the settings
  std::uint32_t rule = 0;    // the number of the rule that says so, from 1; 0: none
};

WeightChoice choose_for(const QuantizeRequest& request, const WeightFacts& facts);

// Why a function gets no hold of a tensor at all, or "". `form`: how it is stored; `requantize`: what is quantized
// already is taken, whatever the function says.
std::string reason_to_leave(const WeightFacts& facts, model::WeightForm form, const plugins::QuantizerPlugin& plugin,
                            bool requantize);

// A weight tensor as a function gets it: widened to float32, with all that is known of it. It points into the part and
// into itself.
class TensorForFunction {
 public:
  // Throws ModelError for weights that can't be read or are not finite.
  explicit TensorForFunction(const WeightPart& part);
  TensorForFunction(const TensorForFunction&) = delete;
  TensorForFunction& operator=(const TensorForFunction&) = delete;

  const plugins::Weights& weights() const { return weights_; }

 private:
  std::vector<float> buffer_;
  std::vector<std::int64_t> flat_;  // the shape of a tensor that has none of its own
  plugins::Weights weights_;
};

// What becomes of a constant with infinite values, which no function gets: float16 where that is asked for or narrower,
// and every value is one; otherwise it stays.
WeightOutcome keep_infinities(const WeightPart& part, int bits);

// Puts a function's result into the form that the file holds. Forms that the format doesn't accept for this parameter
// leave it as it was, with a note. Throws ModelError for a float16 overflow.
WeightOutcome store_result(const WeightPart& part, const plugins::QuantizedTensor& result);

// Some layers refuse a mixture of forms: brings the tensors of one layer to one of them, with notes. `parts` and
// `outcomes` are the layer's, in the same order.
void settle_layer(std::span<const WeightPart* const> parts, std::span<WeightOutcome* const> outcomes);

}  // namespace goldilocks::pipeline
