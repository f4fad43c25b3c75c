// The least squared error C(k) of k clusters is a convex function of k (by the quadrangle inequality), so each k is
// optimal for some penalty per cluster: for those from C(k) - C(k + 1) to C(k - 1) - C(k). The search for such a
// penalty keeps two optima around k, one with fewer and one with more clusters, and tries a penalty between theirs:
//
//  - The first one comes from a coarse copy of the problem, in which only every eighth position may be a cut (of a
//    million and more, every 64th): one pass over all points costs as much as eight there, and often no second one is
//    needed.
//  - The next ones extrapolate or interpolate, as the penalty falls almost like a power of k.
//  - Where that doesn't close in fast, bisection takes turns with the slope of the chord through the two optima. With
//    that penalty both cost the same, so either the pass finds a number of clusters strictly between them, or both are
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

// Guesses get this many passes before the steps that are certain to end.
constexpr int guessed_passes = 4;

// The coarse problem has one position in so many, and is of use where a cluster has so many of its positions.
constexpr std::size_t coarsening_of_few = 8;
constexpr std::size_t coarsening_of_many = 64;  // where positions are plenty, and memory counts
constexpr std::size_t many_points = std::size_t{1} << 20;
constexpr std::size_t positions_per_cluster = 16;

// Groups of points by which the first guess without a coarse problem sees their density.
constexpr std::size_t density_groups = 1024;

double ratio(std::size_t one, std::size_t other) { return static_cast<double>(one) / static_cast<double>(other); }

}  // namespace

struct OptimalPartition::Coarse {
  Coarse(const PrefixSums& fine, std::size_t coarsening) : sums(fine, coarsening), partitions(sums) {}

  PrefixSums sums;
  OptimalPartition partitions;
};

OptimalPartition::OptimalPartition(const PrefixSums& sums, std::function<void()> before_pass)
    : sums_(sums),
      points_(sums.positions() - 1),
      coarsening_(points_ < many_points ? coarsening_of_few : coarsening_of_many),
      before_pass_(std::move(before_pass)),
      penalized_(sums) {
  if (points_ >= 2 * coarsening_ * positions_per_cluster) coarse_ = std::make_unique<Coarse>(sums, coarsening_);
}

OptimalPartition::~OptimalPartition() = default;

Partition OptimalPartition::solve(std::size_t clusters) {
  Partition partition = std::move(search(clusters).at(clusters).partition);
  if (partition.empty()) {
    partition.resize(points_);
    std::iota(partition.begin(), partition.end(), 1U);
  }
  return partition;
}

// All optima seen on the way to the one with `clusters`, which is among them.
OptimalPartition::Optima OptimalPartition::search(std::size_t clusters) {
  Optima optima;
  const double total = cluster_cost(sums_, 0, points_);
  optima[points_] = {};
  optima[1] = {{static_cast<std::uint32_t>(points_)}, total, total, total};
  for (int attempt = 1;; ++attempt) {
    const auto many = optima.lower_bound(clusters);
    if (many->first == clusters) return optima;
    const auto few = std::prev(many);

    const double chord = (few->second.cost - many->second.cost) / static_cast<double>(many->first - few->first);
    double penalty = attempt <= guessed_passes ? guess(clusters, *few, *many)
                     : attempt % 2 == 0        ? std::sqrt(many->second.largest_penalty * few->second.least_penalty)
                                               : chord;
    // The bracket's own penalties can tell nothing new; a chord always can, or proves the tie.
    if (!(penalty > many->second.largest_penalty && penalty < few->second.least_penalty)) penalty = chord;

    const std::size_t found = minimize(penalty, optima);
    const bool inside = found > few->first && found < many->first;
    if (penalty == chord && !inside) {
      Partition all = many->second.partition;
      if (all.empty()) {
        all.resize(points_);
        std::iota(all.begin(), all.end(), 1U);
      }
      Partition mixed = exchange(few->second.partition, all, clusters);
      const double cost = partition_cost(sums_, mixed);
      optima[clusters] = {std::move(mixed), cost, chord, chord};
      return optima;
    }
  }
}

// Finds an optimum for the penalty, adds it, and returns its number of clusters.
std::size_t OptimalPartition::minimize(double penalty, Optima& optima) {
  if (before_pass_) before_pass_();
  ++passes_;
  Partition partition = penalized_.minimize(penalty);
  const std::size_t clusters = partition.size();
  const auto [place, is_new] = optima.try_emplace(clusters);
  Optimum& optimum = place->second;
  if (is_new) {
    optimum.cost = partition_cost(sums_, partition);
    optimum.partition = std::move(partition);
    optimum.least_penalty = optimum.largest_penalty = penalty;
  } else {
    optimum.least_penalty = std::min(optimum.least_penalty, penalty);
    optimum.largest_penalty = std::max(optimum.largest_penalty, penalty);
  }
  return clusters;
}

// A penalty between those of the two optima, likely to be right for `clusters`.
double OptimalPartition::guess(std::size_t clusters, const Optima::value_type& few, const Optima::value_type& many) {
  if (few.first == 1 && many.first == points_) return first_guess(clusters);
  if (few.first == 1) return many.second.largest_penalty * std::pow(ratio(many.first, clusters), 3);
  if (many.first == points_) return few.second.least_penalty * std::pow(ratio(few.first, clusters), 3);
  const double part = std::log(ratio(clusters, few.first)) / std::log(ratio(many.first, few.first));
  return few.second.least_penalty * std::pow(many.second.largest_penalty / few.second.least_penalty, part);
}

// Where there is no coarse problem: for many clusters, the least error is that of clusters whose errors are all equal,
// and a group of points with error e takes a share of them in proportion to the cube root of e. So C(k) = (sum of cube
// roots)^3 / k^2, whose slope is the penalty.
double OptimalPartition::first_guess(std::size_t clusters) {
  if (points_ >= coarsening_ * positions_per_cluster * clusters && coarse_) {
    return coarse_->partitions.likely_penalty(clusters);
  }
  const std::size_t groups = std::max<std::size_t>(std::min(density_groups, points_ / 4), 1);
  double share = 0;
  for (std::size_t group = 0; group < groups; ++group) {
    share += std::cbrt(cluster_cost(sums_, points_ * group / groups, points_ * (group + 1) / groups));
  }
  return 2 * std::pow(share / static_cast<double>(clusters), 3);
}

// A penalty well inside the range that `clusters` is optimal for: the slope of the power law through the neighbours
// that the search came by, or the penalty by which it was found.
double OptimalPartition::likely_penalty(std::size_t clusters) {
  const Optima optima = search(clusters);
  const auto here = optima.find(clusters);
  auto few = here;
  auto many = here;
  if (clusters > 1 && std::prev(here)->first > 1) few = std::prev(here);
  if (clusters < points_ && std::next(here)->second.cost > 0) many = std::next(here);
  if (few == many) return (here->second.least_penalty + here->second.largest_penalty) / 2;
  const double power = std::log(few->second.cost / many->second.cost) / std::log(ratio(many->first, few->first));
  return power * here->second.cost / static_cast<double>(clusters);
}

}  // namespace goldilocks::kmeans
