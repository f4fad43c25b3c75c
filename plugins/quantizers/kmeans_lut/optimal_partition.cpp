// The least squared error C(k) of k clusters is a convex function of k (again by the quadrangle inequality), so each k
// is optimal for some penalty per cluster: for those from C(k) - C(k + 1) to C(k - 1) - C(k). The search for such a
// penalty keeps two optima around k, one with fewer and one with more clusters, and tries a penalty between theirs:
//
//  - first by interpolation, as the penalty falls almost like a power of k;
//  - where that doesn't close in fast, by bisection, and by the slope of the chord through the two optima. With that
//    penalty both cost the same, so either the pass finds a number of clusters strictly between them, or both are
//    optimal for it: then k lies on a straight piece of C, no penalty singles it out, and exchange() makes it of the
//    two.
//
// Each chord step narrows the bracket by at least one cluster or ends the search, so rounding can't make it run
// forever.

#include "optimal_partition.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace goldilocks::kmeans {
namespace {

// Interpolation gets this many passes before the steps that are certain to end.
constexpr int interpolation_passes = 4;

// Groups of points by which the first guess sees their density.
constexpr std::size_t density_groups = 1024;

}  // namespace

OptimalPartition::OptimalPartition(std::span<Prefix> prefixes, std::function<void()> before_pass)
    : prefixes_(prefixes), before_pass_(std::move(before_pass)), search_(prefixes) {
  const auto points = static_cast<std::uint32_t>(prefixes.size() - 1);
  const double total = cluster_cost(prefixes.front(), prefixes.back());
  Partition each(points);
  std::iota(each.begin(), each.end(), 1U);
  optima_[points] = {std::move(each), 0, 0, 0};
  optima_[1] = {{points}, total, total, total};
}

const Partition& OptimalPartition::solve(std::size_t clusters) {
  for (int attempt = 1;; ++attempt) {
    const auto many = optima_.lower_bound(clusters);
    if (many->first == clusters) return many->second.partition;
    const auto few = std::prev(many);

    const double chord = (few->second.cost - many->second.cost) / static_cast<double>(many->first - few->first);
    double penalty = attempt <= interpolation_passes ? guess(clusters, *few, *many)
                     : attempt % 2 == 0 ? std::sqrt(many->second.largest_penalty * few->second.least_penalty)
                                        : chord;
    // The bracket's own penalties can tell nothing new; a chord always can, or proves the tie.
    if (!(penalty > many->second.largest_penalty && penalty < few->second.least_penalty)) penalty = chord;

    const std::size_t found = minimize(penalty);
    const bool inside = found > few->first && found < many->first;
    if (penalty == chord && !inside) {
      Optimum tie;
      tie.partition = exchange(few->second.partition, many->second.partition, clusters);
      tie.cost = partition_cost(prefixes_, tie.partition);
      tie.least_penalty = tie.largest_penalty = chord;
      return optima_.emplace(clusters, std::move(tie)).first->second.partition;
    }
  }
}

// Finds an optimum for the penalty, remembers it, and returns its number of clusters.
std::size_t OptimalPartition::minimize(double penalty) {
  if (before_pass_) before_pass_();
  ++passes_;
  Partition partition = search_.minimize(penalty);
  const std::size_t clusters = partition.size();
  const auto [place, is_new] = optima_.try_emplace(clusters);
  Optimum& optimum = place->second;
  if (is_new) {
    optimum.cost = partition_cost(prefixes_, partition);
    optimum.partition = std::move(partition);
    optimum.least_penalty = optimum.largest_penalty = penalty;
  } else {
    optimum.least_penalty = std::min(optimum.least_penalty, penalty);
    optimum.largest_penalty = std::max(optimum.largest_penalty, penalty);
  }
  return clusters;
}

// A penalty between those of the two optima, likely to be right for `clusters`.
double OptimalPartition::guess(std::size_t clusters, const Optima::value_type& few,
                               const Optima::value_type& many) const {
  const auto points = prefixes_.size() - 1;
  const auto ratio = [](std::size_t one, std::size_t other) {
    return static_cast<double>(one) / static_cast<double>(other);
  };
  if (few.first == 1 && many.first == points) return first_guess(clusters);
  if (few.first == 1) return many.second.largest_penalty * std::pow(ratio(many.first, clusters), 3);
  if (many.first == points) return few.second.least_penalty * std::pow(ratio(few.first, clusters), 3);
  const double part = std::log(ratio(clusters, few.first)) / std::log(ratio(many.first, few.first));
  return few.second.least_penalty * std::pow(many.second.largest_penalty / few.second.least_penalty, part);
}

// For many clusters, the least error is that of clusters whose errors are all equal, and a group of points with error e
// takes a share of them in proportion to the cube root of e: C(k) = (sum of cube roots)^3 / k^2, whose slope is the
// penalty.
double OptimalPartition::first_guess(std::size_t clusters) const {
  const std::size_t points = prefixes_.size() - 1;
  const std::size_t groups = std::max<std::size_t>(std::min(density_groups, points / 4), 1);
  double share = 0;
  for (std::size_t group = 0; group < groups; ++group) {
    share += std::cbrt(cluster_cost(prefixes_[points * group / groups], prefixes_[points * (group + 1) / groups]));
  }
  return 2 * std::pow(share / static_cast<double>(clusters), 3);
}

}  // namespace goldilocks::kmeans
