#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "distinct_points.hpp"
#include "optimal_partition.hpp"
#include "prefix_sums.hpp"

namespace goldilocks::kmeans {

// k-means in one dimension, solved to its optimum: no other choice of k centroids has a smaller squared error
//
//   sum over all values v of  importance(v) * min over centroids c of (v - c)^2
//
// up to the rounding of float64 sums. Deterministic: the result for a k doesn't depend on what was asked before. The
// values are sorted once, for all k. Memory is linear: 8 bytes for each value while they are sorted, then 29 for each
// distinct value (26 where there are a million and more; 12 more with importance). One thread at a time.
class OptimalKmeans {
 public:
  struct Clusters {
    std::vector<float> centroids;  // ascending, no two equal; fewer than k if there are fewer distinct values
    std::vector<float> borders;    // between them: the smallest float32 that belongs to each centroid but the first
    double squared_error = 0;      // about the centroids before they were rounded to float32
  };

  // Values are finite, and fewer than 2^31. `importance` is empty (all count the same) or as long as `values`;
  // finite, not negative; where none is positive, all count the same. Nothing is kept of the spans. `before_pass`, if
  // not empty, is called before each pass over the values, of which a search takes a few; it may throw to stop it.
  explicit OptimalKmeans(std::span<const float> values, std::span<const float> importance = {},
                         std::function<void()> before_pass = {});
  // The same for values that are counted already.
  explicit OptimalKmeans(DistinctPoints points, std::function<void()> before_pass = {});
  OptimalKmeans(const OptimalKmeans&) = delete;
  OptimalKmeans& operator=(const OptimalKmeans&) = delete;

  // k >= 1. Without values there are no clusters.
  Clusters solve(std::size_t k);

  std::size_t distinct_values() const { return points_.size(); }
  std::size_t passes() const { return partitions_ ? partitions_->passes() : 0; }

 private:
  DistinctPoints points_;
  PrefixSums sums_;
  std::optional<OptimalPartition> partitions_;  // none without points
};

}  // namespace goldilocks::kmeans
