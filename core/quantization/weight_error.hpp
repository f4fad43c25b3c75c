#pragma once

#include <span>
#include <string>

#include "core/weights/stored.hpp"
#include "core/weights/weight.hpp"

namespace goldilocks::quantization {

// How far a tensor is from what it was.
struct WeightError {
  double squared = 0;  // the sum over the weights of (before - after)^2, in float64
  // sqrt(sum of (before - after)^2 / sum of before^2); 1 where all weights have become 0. Of a batchnorm layer's
  // variance it is that of 1 / sqrt(variance + epsilon), which is what the layer multiplies by. Infinite where all
  // weights were 0 and are not any more, or a variance has become negative.
  double relative = 0;
};

// Above this bound a tensor has lost more than half of what it was, which its note and the run's notices say.
inline constexpr double relative_error_bound = 0.5;

// The values of a weight against content that is to replace them. Throws ModelError.
WeightError error_of(const weights::Weight& weight, std::span<const float> before, const weights::Stored& after);

// A tensor's note, and its relative error where it is above the bound: "...; relative error 1, above 0.5".
std::string with_loss(const std::string& note, double relative_error);

}  // namespace goldilocks::quantization
