#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace goldilocks::kmeans {

// What a sum over all points before a position is made of.
struct Prefix {
  double weight;   // of the points
  double sum;      // weight * value
  double squares;  // weight * value^2
  double best;     // scratch of the search: the least penalized cost of the points before this position
};

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

// The prefix sums at positions 0..size. Only differences between positions have a meaning: both the origin of the
// values and the position where the sums are zero lie at the median, so that a few far outliers, at either end, don't
// cost the many values near the middle their precision.
std::vector<Prefix> prefix_sums(const DistinctPoints& points);

}  // namespace goldilocks::kmeans
