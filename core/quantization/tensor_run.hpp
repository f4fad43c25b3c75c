#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/quantization/quantize_tensor.hpp"

namespace goldilocks::quantization {

// One tensor of floats that a function is to quantize for each of the request's settings.
struct TensorToQuantize {
  const weights::Weight& weight;
  std::span<const float> values, importance;
  const QuantizeRequest& request;
  const WeightChoice& choice;
  const std::function<bool(std::size_t setting)>& is_wanted;
};

// Runs the function for all settings that are wanted, those of one layout together. Outcomes get their content or what
// is wrong; those of one width and layout are the same.
void run_layouts(const TensorToQuantize& tensor, std::vector<Outcome>& outcomes);

}  // namespace goldilocks::quantization
