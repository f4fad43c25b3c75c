// From a partition of the distinct values to centroids and borders. Means and errors are computed anew from the values,
// relative to each cluster's first one: a cluster of one value gets exactly that value as its centroid. Borders lie
// half way between centroids, so that values which had no say in the partition, for want of importance, find the
// nearest too.

#include "optimal_kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace goldilocks::kmeans {

namespace {

// The smallest float32 that is nearer to the right centroid than to the left one. That lies between the last value of
// the left cluster and the first of the right one; held to it against rounding.
float border(float last_left, float first_right, float left_centroid, float right_centroid) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const double middle = (static_cast<double>(left_centroid) + static_cast<double>(right_centroid)) / 2;
  auto nearest = static_cast<float>(middle);
  if (static_cast<double>(nearest) <= middle) nearest = std::nextafter(nearest, infinity);
  return std::clamp(nearest, std::nextafter(last_left, infinity), first_right);
}

}  // namespace

OptimalKmeans::OptimalKmeans(std::span<const float> values, std::span<const float> importance,
                             std::function<void()> before_pass)
    : OptimalKmeans(distinct_points(values, importance), std::move(before_pass)) {}

OptimalKmeans::OptimalKmeans(DistinctPoints points, std::function<void()> before_pass)
    : points_(std::move(points)), sums_(points_) {
  if (points_.size() > 0) partitions_.emplace(sums_, std::move(before_pass));
}

OptimalKmeans::Clusters OptimalKmeans::solve(std::size_t k) {
  Clusters clusters;
  if (!partitions_) return clusters;
  const Partition partition = partitions_->solve(std::min(k, points_.size()));
  std::size_t begin = 0;
  for (const std::uint32_t end : partition) {
    const float first = points_.values[begin];
    double weight = 0;
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      weight += points_.weight(i);
      sum += points_.weight(i) * (static_cast<double>(points_.values[i]) - static_cast<double>(first));
    }
    const double offset = sum / weight;
    for (std::size_t i = begin; i < end; ++i) {
      const double difference = (static_cast<double>(points_.values[i]) - static_cast<double>(first)) - offset;
      clusters.squared_error += points_.weight(i) * difference * difference;
    }
    clusters.centroids.push_back(static_cast<float>(static_cast<double>(first) + offset));
    if (begin != 0) {
      const std::size_t right = clusters.centroids.size() - 1;
      clusters.borders.push_back(
          border(points_.values[begin - 1], first, clusters.centroids[right - 1], clusters.centroids[right]));
    }
    begin = end;
  }
  return clusters;
}

}  // namespace goldilocks::kmeans
