#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>

#include "distinct_points.hpp"
#include "penalized_partition.hpp"

namespace goldilocks::kmeans {

// Finds partitions of sorted points into exactly k clusters of least squared error. What one search learns shortens the
// next ones, so the object is kept while further k are asked for. One thread at a time. The answers for a k may depend
// on what was asked before only where several partitions are optimal.
class OptimalPartition {
 public:
  // `prefixes` must hold at least two positions and fewer than 2^32, and outlive the object, which uses their `best`
  // members as scratch. `before_pass`, if not empty, is called before each pass over the points; it may throw.
  explicit OptimalPartition(std::span<Prefix> prefixes, std::function<void()> before_pass = {});

  // `clusters` lies in 1..number of points.
  const Partition& solve(std::size_t clusters);

  // Passes over the points so far; for tests and measurements.
  std::size_t passes() const { return passes_; }

 private:
  // An optimal partition, and the range of penalties that it was seen to be optimal for.
  struct Optimum {
    Partition partition;
    double cost = 0;
    double least_penalty = 0;
    double largest_penalty = 0;
  };
  using Optima = std::map<std::size_t, Optimum>;  // by the number of clusters

  double first_guess(std::size_t clusters) const;
  double guess(std::size_t clusters, const Optima::value_type& few, const Optima::value_type& many) const;
  std::size_t minimize(double penalty);

  std::span<Prefix> prefixes_;
  std::function<void()> before_pass_;
  PenalizedPartition search_;
  Optima optima_;
  std::size_t passes_ = 0;
};

// Of two optimal partitions for one and the same penalty, one with fewer and one with more than `clusters`, makes a
// third with exactly that many, which is optimal for the penalty too.
Partition exchange(const Partition& few, const Partition& many, std::size_t clusters);

}  // namespace goldilocks::kmeans
