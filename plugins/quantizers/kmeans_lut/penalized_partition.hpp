#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distinct_points.hpp"

namespace goldilocks::kmeans {

// A cut of sorted points into clusters: ends[c] is the position after the last point of cluster c; the last end is the
// number of points. No cluster is empty.
using Partition = std::vector<std::uint32_t>;

// Squared error of the points from position `begin` to `end` about their mean.
double cluster_cost(const Prefix& begin, const Prefix& end);

// Squared error of a partition.
double partition_cost(std::span<const Prefix> prefixes, const Partition& partition);

// Finds the partition that minimizes squared error + penalty * number of clusters. The larger the penalty, the fewer
// clusters. One object serves any number of searches over one prefix array, and uses its `best` members as scratch.
// One thread at a time.
class PenalizedPartition {
 public:
  // `prefixes` must hold at least two positions and fewer than 2^32, and outlive the object.
  explicit PenalizedPartition(std::span<Prefix> prefixes);

  Partition minimize(double penalty);

 private:
  // A position where the last cluster may begin, and the first row (end of the last cluster) for which it is better
  // than the candidate before it.
  struct Candidate {
    std::uint32_t begin;
    std::uint32_t from_row;
  };

  void enter(std::uint32_t begin);

  std::span<Prefix> prefixes_;
  std::vector<std::uint32_t> last_begin_;  // for each row, where its best last cluster begins
  std::vector<Candidate> queue_;           // the live part is [front_, back_]
  std::size_t front_ = 0;
  std::size_t back_ = 0;
};

}  // namespace goldilocks::kmeans
