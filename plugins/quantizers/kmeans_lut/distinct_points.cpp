#include "distinct_points.hpp"

#include <algorithm>

#include "sort_floats.hpp"

namespace goldilocks::kmeans {
namespace {

// A sum that carries what each addition rounds off (Knuth's two-sum), so that a hundred million terms lose no more than
// one does.
class CompensatedSum {
 public:
  void add(double term) {
    const double next = sum_ + term;
    const double back = next - sum_;
    lost_ += (sum_ - (next - back)) + (term - back);
    sum_ = next;
  }
  double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

struct RunningSums {
  CompensatedSum weight, sum, squares;

  void add(double point_weight, double value) {
    weight.add(point_weight);
    sum.add(point_weight * value);
    squares.add(point_weight * value * value);
  }
  void store(PrefixSums& sums, std::size_t position) const {
    sums.weight[position] = weight.value();
    sums.sum[position] = sum.value();
    sums.squares[position] = squares.value();
  }
};

DistinctPoints count_values(std::span<const float> values) {
  const std::vector<float> ascending = sorted(values);
  DistinctPoints points;
  points.values.reserve(ascending.size());
  points.weights.reserve(ascending.size());
  for (std::size_t begin = 0, end = 0; begin < ascending.size(); begin = end) {
    while (end < ascending.size() && ascending[end] == ascending[begin]) ++end;
    points.values.push_back(ascending[begin]);
    points.weights.push_back(static_cast<double>(end - begin));
  }
  return points;
}

DistinctPoints sum_importance(std::span<const float> values, std::span<const float> importance) {
  const std::vector<WeightedValue> ascending = sorted(values, importance);
  DistinctPoints points;
  for (const WeightedValue& entry : ascending) {
    if (entry.importance == 0) continue;
    if (points.values.empty() || points.values.back() != entry.value) {
      points.values.push_back(entry.value);
      points.weights.push_back(0);
    }
    points.weights.back() += static_cast<double>(entry.importance);
  }
  return points;
}

}  // namespace

DistinctPoints distinct_points(std::span<const float> values, std::span<const float> importance) {
  const bool any = std::any_of(importance.begin(), importance.end(), [](float weight) { return weight != 0; });
  return any ? sum_importance(values, importance) : count_values(values);
}

PrefixSums prefix_sums(const DistinctPoints& points) {
  const std::size_t entries = points.size() + 1 + PrefixSums::padding;
  PrefixSums sums{std::vector<double>(entries), std::vector<double>(entries), std::vector<double>(entries)};
  if (points.size() == 0) return sums;
  const std::size_t middle = points.size() / 2;
  const auto origin = static_cast<double>(points.values[middle]);
  RunningSums upwards;
  for (std::size_t i = middle; i < points.size(); ++i) {
    upwards.add(points.weights[i], static_cast<double>(points.values[i]) - origin);
    upwards.store(sums, i + 1);
  }
  for (std::size_t i = points.size() + 1; i < entries; ++i) upwards.store(sums, i);
  RunningSums downwards;
  for (std::size_t i = middle; i-- > 0;) {
    downwards.add(-points.weights[i], static_cast<double>(points.values[i]) - origin);
    downwards.store(sums, i);
  }
  return sums;
}

}  // namespace goldilocks::kmeans
