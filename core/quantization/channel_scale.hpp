#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/quantization/quantize_tensor.hpp"

namespace goldilocks::quantization {

// A tensor divided by the largest magnitudes along its output channels, one for each other position; by 1 where all are
// 0. The quotients are rounded to the type that the tensor is stored in.
class ScaledByChannel {
 public:
  // The weight has an axis of output channels.
  ScaledByChannel(const weights::Weight& weight, std::span<const float> values);

  std::span<const float> values() const { return values_; }

  // Gives what a function made of the values the scales that they were divided by: behind the table, or within it where
  // the format's version has them there. Only tables take them; anything else stays as it was.
  void restore(ChannelScale place, Outcome& outcome) const;

 private:
  const weights::Weight& weight_;
  weights::Grid grid_;
  std::vector<float> scales_, values_;
};

// The same values with the scale that comes after the table put before it: the table is repeated for each block of
// scales. Nothing changes where there is none.
weights::Stored with_scaled_table(weights::Stored stored);

}  // namespace goldilocks::quantization
