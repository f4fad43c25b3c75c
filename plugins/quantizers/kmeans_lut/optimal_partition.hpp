#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>

#include "penalized_partition.hpp"
#include "prefix_sums.hpp"

namespace goldilocks::kmeans {

// Finds partitions of sorted points into exactly k clusters of least squared error. The answer for a k depends on the
// points and k alone, never on what was asked before, also where several partitions are optimal. One thread at a time.
class OptimalPartition {
 public:
  // There must be at least one point and fewer than 2^31 - 1. `sums` must outlive the object. `before_pass`, if not
  // empty, is called before each pass over the points; it may throw, and the object can still be used.
  explicit OptimalPartition(const PrefixSums& sums, std::function<void()> before_pass = {});
  ~OptimalPartition();

  // `clusters` lies in 1..number of points.
  Partition solve(std::size_t clusters);

  // Passes over all points so far; for tests and measurements.
  std::size_t passes() const { return passes_; }

 private:
  // An optimal partition, and the range of penalties that it was seen to be optimal for. That of each point for itself
  // is left empty.
  struct Optimum {
    Partition partition;
    double cost = 0;
    double least_penalty = 0;
    double largest_penalty = 0;
  };
  using Optima = std::map<std::size_t, Optimum>;  // by the number of clusters
  struct Coarse;

  Optima search(std::size_t clusters);
  std::size_t minimize(double penalty, Optima& optima);
  double guess(std::size_t clusters, const Optima::value_type& few, const Optima::value_type& many);
  double first_guess(std::size_t clusters);
  double likely_penalty(std::size_t clusters);

  const PrefixSums& sums_;
  std::size_t points_;
  std::size_t coarsening_;  // one position in so many may be a cut of the coarse problem
  std::function<void()> before_pass_;
  PenalizedPartition penalized_;
  std::unique_ptr<Coarse> coarse_;  // null where there are few points
  std::size_t passes_ = 0;
};

// Of two optimal partitions for one and the same penalty, one with fewer and one with more than `clusters`, makes a
// third with exactly that many, which is optimal for the penalty too.
Partition exchange(const Partition& few, const Partition& many, std::size_t clusters);

}  // namespace goldilocks::kmeans
