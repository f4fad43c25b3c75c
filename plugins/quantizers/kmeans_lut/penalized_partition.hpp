#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "prefix_sums.hpp"

namespace goldilocks::kmeans {

// A cut of sorted points into clusters: ends[c] is the position after the last point of cluster c; the last end is the
// number of points. No cluster is empty.
using Partition = std::vector<std::uint32_t>;

// Squared error of the points from position `begin` to `end` about their mean; begin < end.
double cluster_cost(const PrefixSums& sums, std::size_t begin, std::size_t end);

// Squared error of a partition.
double partition_cost(const PrefixSums& sums, const Partition& partition);

// Finds the partition that minimizes squared error + penalty * number of clusters. The larger the penalty, the fewer
// clusters. One object serves any number of searches over the same points, and takes 8 bytes for each of them. One
// thread at a time.
class PenalizedPartition {
 public:
  // There must be at least one point and fewer than 2^31 - 1. `sums` must outlive the object.
  explicit PenalizedPartition(const PrefixSums& sums);

  Partition minimize(double penalty);

 private:
  const PrefixSums& sums_;
  std::vector<double> offsets_;        // of each position and the padding; see Positions in candidates.hpp
  std::vector<std::uint32_t> begins_;  // where the last cluster begins that ends at a position, of every 16th position
};

}  // namespace goldilocks::kmeans
