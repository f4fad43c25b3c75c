#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace goldilocks::kmeans {

// A tensor's distinct values in ascending order, each with the weight that it has in the squared error: how often it
// occurs, or the sum of its occurrences' importance. Values of no importance are left out, as they bear on nothing;
// where no value has any, all count the same.
struct DistinctPoints {
  std::vector<float> values;
  std::vector<double> weights;

  std::size_t size() const { return values.size(); }
};

// `importance` is empty or as long as `values`; finite and not negative.
DistinctPoints distinct_points(std::span<const float> values, std::span<const float> importance);

// Sums over all points before each of the positions 0..size. Only differences between positions have a meaning: both
// the origin of the values and the position where the sums are zero lie at the median, so that a few far outliers, at
// either end, don't cost the many values near the middle their precision. Behind the last position the arrays go on for
// `padding` entries that repeat it, for those who read ahead.
struct PrefixSums {
  static constexpr std::size_t padding = 8;

  std::vector<double> weight;   // of the points
  std::vector<double> sum;      // weight * value
  std::vector<double> squares;  // weight * value^2

  std::size_t positions() const { return weight.size() - padding; }
};

PrefixSums prefix_sums(const DistinctPoints& points);

}  // namespace goldilocks::kmeans
