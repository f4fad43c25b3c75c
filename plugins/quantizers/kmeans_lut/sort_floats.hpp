#pragma once

#include <span>
#include <vector>

namespace goldilocks::kmeans {

// A value with the importance that its error has.
struct WeightedValue {
  float value = 0;
  float importance = 0;
};

// The values in ascending order; -0 comes before +0. Values must not be NaN. Linear time, and memory for one more copy
// of the result while it runs; equal input, equal output.
std::vector<float> sorted(std::span<const float> values);

// The same with an importance per value (spans of one length). Equal values keep their order of input.
std::vector<WeightedValue> sorted(std::span<const float> values, std::span<const float> importance);

}  // namespace goldilocks::kmeans
