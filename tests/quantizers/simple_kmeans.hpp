#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

// One-dimensional k-means in the simplest ways that are certainly right, as judges of the fast one.
namespace goldilocks::testing {

struct Point {
  double value = 0;
  double weight = 0;
};

// Ascending by value.
inline std::vector<Point> sorted_points(std::span<const float> values, std::span<const float> importance) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    points.push_back({static_cast<double>(values[i]), importance.empty() ? 1.0 : static_cast<double>(importance[i])});
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.value < b.value; });
  return points;
}

inline double simple_mean(std::span<const Point> points) {
  double weight = 0;
  double sum = 0;
  for (const Point& point : points) {
    weight += point.weight;
    sum += point.weight * point.value;
  }
  return weight == 0 ? 0 : sum / weight;
}

// Squared error of points about their mean; two passes, no cancellation.
inline double simple_cost(std::span<const Point> points) {
  const double mean = simple_mean(points);
  double cost = 0;
  for (const Point& point : points) cost += point.weight * (point.value - mean) * (point.value - mean);
  return cost;
}

// Tries every way to cut the sorted points into at most k clusters.
inline double exhaustive_error(std::span<const Point> points, std::size_t k) {
  if (points.empty()) return 0;
  if (k == 1) return simple_cost(points);
  double best = simple_cost(points);
  for (std::size_t first = 1; first < points.size(); ++first) {
    best = std::min(best, simple_cost(points.first(first)) + exhaustive_error(points.subspan(first), k - 1));
  }
  return best;
}

// The textbook programme, O(k n^2): the least errors of 1..k clusters.
inline std::vector<double> layered_errors(std::span<const Point> points, std::size_t k) {
  const std::size_t count = points.size();
  // cost[begin][end - begin], by adding a point at a time to a running mean.
  std::vector<std::vector<double>> cost(count);
  for (std::size_t begin = 0; begin < count; ++begin) {
    double weight = 0;
    double mean = 0;
    double error = 0;
    cost[begin].push_back(0);
    for (std::size_t i = begin; i < count; ++i) {
      const double total = weight + points[i].weight;
      if (total > 0) {
        const double difference = points[i].value - mean;
        error += difference * difference * points[i].weight * weight / total;
        mean += difference * points[i].weight / total;
      }
      weight = total;
      cost[begin].push_back(error);
    }
  }
  std::vector<double> least(count + 1, std::numeric_limits<double>::infinity());
  least[0] = 0;
  std::vector<double> errors;
  for (std::size_t clusters = 1; clusters <= k; ++clusters) {
    std::vector<double> next(count + 1, std::numeric_limits<double>::infinity());
    next[0] = 0;
    for (std::size_t end = 1; end <= count; ++end) {
      for (std::size_t begin = 0; begin < end; ++begin) {
        next[end] = std::min(next[end], least[begin] + cost[begin][end - begin]);
      }
    }
    least = std::move(next);
    errors.push_back(least[count]);
  }
  return errors;
}

// Squared error when each value is replaced by its nearest entry.
inline double error_with_table(std::span<const float> values, std::span<const float> importance,
                               std::span<const float> table) {
  double error = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (const float entry : table) {
      const double difference = static_cast<double>(values[i]) - static_cast<double>(entry);
      least = std::min(least, difference * difference);
    }
    error += least * (importance.empty() ? 1.0 : static_cast<double>(importance[i]));
  }
  return error;
}

}  // namespace goldilocks::testing
