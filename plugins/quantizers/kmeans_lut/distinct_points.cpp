#include "distinct_points.hpp"

#include <algorithm>

#include "sort_floats.hpp"

namespace goldilocks::kmeans {
namespace {

// The distinct values take the place of the sorted ones, so that the largest tensors need no third copy.
DistinctPoints count_values(std::span<const float> values) {
  DistinctPoints points;
  std::vector<float>& ascending = points.values;
  ascending = sorted(values);
  std::size_t distinct = ascending.empty() ? 0 : 1;
  for (std::size_t i = 1; i < ascending.size(); ++i) distinct += ascending[i] != ascending[i - 1] ? 1 : 0;
  points.counts_before.assign(distinct + 1 + DistinctPoints::padding, static_cast<std::int32_t>(ascending.size()));
  points.counts_before[0] = 0;
  std::size_t point = 0;
  for (std::size_t begin = 0, end = 0; begin < ascending.size(); begin = end) {
    while (end < ascending.size() && ascending[end] == ascending[begin]) ++end;
    ascending[point] = ascending[begin];
    points.counts_before[++point] = static_cast<std::int32_t>(end);
  }
  ascending.resize(distinct);
  ascending.shrink_to_fit();
  return points;
}

DistinctPoints sum_importance(std::span<const float> values, std::span<const float> importance) {
  const std::vector<WeightedValue> ascending = sorted(values, importance);
  DistinctPoints points;
  for (const WeightedValue& entry : ascending) {
    if (entry.importance == 0) continue;
    if (points.values.empty() || points.values.back() != entry.value) {
      points.values.push_back(entry.value);
      points.importance.push_back(0);
    }
    points.importance.back() += static_cast<double>(entry.importance);
  }
  return points;
}

}  // namespace

DistinctPoints distinct_points(std::span<const float> values, std::span<const float> importance) {
  const bool any = std::any_of(importance.begin(), importance.end(), [](float weight) { return weight != 0; });
  return any ? sum_importance(values, importance) : count_values(values);
}

}  // namespace goldilocks::kmeans
