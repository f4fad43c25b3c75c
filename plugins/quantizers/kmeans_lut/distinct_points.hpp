#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace goldilocks::kmeans {

// A tensor's distinct values in ascending order, each with the weight that it has in the squared error: how often it
// occurs, or the sum of its occurrences' importance. Values of no importance are left out, as they bear on nothing;
// where no value has any, all count the same. Counts take 8 bytes for each distinct value, importance takes 12.
struct DistinctPoints {
  // The counts go on behind the last position for so many entries that repeat it, for those who read ahead.
  static constexpr std::size_t padding = 8;

  std::vector<float> values;
  std::vector<std::int32_t> counts_before;  // how many values lie before the positions 0..size; empty with importance
  std::vector<double> importance;           // of each point; empty where points are counted

  std::size_t size() const { return values.size(); }
  bool is_counted() const { return !counts_before.empty(); }
  double weight(std::size_t point) const {
    return is_counted() ? counts_before[point + 1] - counts_before[point] : importance[point];
  }
};

// `importance` is empty or as long as `values`; finite and not negative. Fewer than 2^31 values.
DistinctPoints distinct_points(std::span<const float> values, std::span<const float> importance);

}  // namespace goldilocks::kmeans
