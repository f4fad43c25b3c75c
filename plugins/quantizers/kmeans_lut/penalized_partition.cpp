// Let best(j) be the least penalized cost of the points before position j:
//
//   best(j) = min over i < j of  best(i) + cost(i, j) + penalty
//
// and begin(j) the first i that attains it. For squared error, cost(i, j) has the quadrangle inequality, so begin(j)
// never moves to the left. And as best(i) grows with i, while cost(i, j) falls, no i from i0 to i1 can do better for j
// than best(i0) + cost(i1, j) + penalty.
//
// Positions are solved in blocks, from left to right:
//
//  1. begin(last) of the block's last position, among the positions before the block. The search starts from begin() of
//     the block before, and skips by the bound above all stretches that can't hold it.
//  2. begin(first), between the same limits. If best(last) <= best(first) + penalty, no last cluster that begins within
//     the block can be better for any of its positions. If not, clusters are shorter than the block: half of it is
//     tried.
//  3. begin() of the position half way lies between these two, those of the quarters between their neighbours', ...
//
// So a position is compared with a handful of candidates, which lie side by side and fill a register or two, and
// nothing waits for the outcome of the position before it. begin() is kept within the block alone, and after
// it for every sixteenth position. The partition itself takes begin() of its few cuts, from the last one down: each
// lies between two that were kept, and is found once more.

#include "penalized_partition.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "candidates.hpp"

namespace goldilocks::kmeans {
namespace {

constexpr std::size_t first_block = 128;
constexpr std::size_t largest_block = 4096;
constexpr std::size_t shortest_stretch = 2 * PrefixSums::padding;
constexpr std::size_t kept_begin = 16;
constexpr double rounding_unit = 0x1p-50;  // a few roundings of float64

// What a pass works on: the arrays, and the sums that they belong to for what is not in an array.
template <class Weight>
struct Problem {
  const PrefixSums& sums;
  Positions<Weight> positions;
  std::uint32_t* begins;  // begin() of the positions 0, 16, 32, ...
};

// The best candidate of first..limit, all of which are known, for a last cluster up to `end`. Stretches that the bound
// excludes are passed with strides that double; where it doesn't, they halve down to one that is looked at.
template <std::size_t Width, class Weight>
GOLDILOCKS_INLINE void search_candidate(const Problem<Weight>& problem, std::size_t first, std::size_t limit,
                                        std::size_t end, Candidate& best) {
  const Positions<Weight>& positions = problem.positions;
  best = {};
  std::size_t stretch = shortest_stretch;
  for (std::size_t begin = first; begin <= limit;) {
    const std::size_t last = std::min(begin + stretch - 1, limit);
    const double sum = positions.sum[end] - positions.sum[last];
    const auto weight = static_cast<double>(positions.weight[end] - positions.weight[last]);
    // best(begin) + cost(last, end), less the squares at `end`.
    const double bound = positions.offset[begin] - problem.sums.squares_bound(begin, last) - sum * sum / weight;
    if (bound >= best.value) {
      begin = last + 1;
      stretch *= 2;
    } else if (stretch > shortest_stretch) {
      stretch /= 2;
    } else {
      Candidate here;
      best_candidate<Width>(positions, begin, last, end, here);
      if (here.value < best.value) best = here;
      begin = last + 1;
    }
  }
}

// Settles the offsets of the positions 1..count; that of 0 is set.
template <std::size_t Width, class Weight>
GOLDILOCKS_INLINE void settle_positions(const Problem<Weight>& problem, std::size_t count, double penalty) {
  const Positions<Weight>& positions = problem.positions;
  // What the block's positions will have. Until the block is settled its first offsets stay infinite, so that no search
  // in it takes one of its own positions for a candidate.
  std::array<double, largest_block> offsets;
  std::array<std::uint32_t, largest_block> begins;
  std::size_t least_begin = 0;
  std::size_t first = 1;
  Candidate candidate;
  const auto settle = [&](std::size_t end) __attribute__((always_inline)) {
    begins[end - first] = static_cast<std::uint32_t>(candidate.begin);
    offsets[end - first] = candidate.value + penalty;
  };
  for (std::size_t block = first_block; first <= count;) {
    const std::size_t last = std::min(first + block - 1, count);
    const std::size_t length = last - first + 1;
    std::fill_n(positions.offset + first, PrefixSums::padding, std::numeric_limits<double>::infinity());
    search_candidate<Width>(problem, least_begin, first - 1, last, candidate);
    settle(last);
    const std::size_t largest_begin = candidate.begin;
    best_candidate<Width>(positions, least_begin, largest_begin, first, candidate);
    settle(first);
    const double growth = offsets[length - 1] - offsets[0] + problem.sums.squares(last) - problem.sums.squares(first);
    // Beside a far outlier the growth may be nothing but what was rounded off.
    const double rounding = rounding_unit * (std::fabs(offsets[length - 1]) + std::fabs(offsets[0]));
    if (length > 1 && growth + rounding > penalty) {
      block = length / 2;
      continue;
    }
    for (std::size_t half = std::bit_ceil(length) / 2; half > 0; half /= 2) {
      for (std::size_t end = first + half; end < last; end += 2 * half) {
        const std::size_t left = begins[end - half - first];
        // Where candidates are as good but for rounding, the neighbours may be out of order.
        const std::size_t right = std::max<std::size_t>(left, begins[std::min(end + half, last) - first]);
        best_candidate<Width>(positions, left, right, end, candidate);
        settle(end);
      }
    }
    std::copy_n(offsets.begin(), length, positions.offset + first);
    for (std::size_t end = (first + kept_begin - 1) / kept_begin * kept_begin; end <= last; end += kept_begin) {
      problem.begins[end / kept_begin] = begins[end - first];
    }
    if (growth <= penalty / 4) block = std::min(2 * block, largest_block);
    least_begin = largest_begin;
    first = last + 1;
  }
}

// The ends of the optimal clusters, the last one first. Offsets of positions behind a cluster's begin are lost on the
// way, for they are no candidates for the cluster before it.
template <std::size_t Width, class Weight>
GOLDILOCKS_INLINE void collect_ends(const Problem<Weight>& problem, std::size_t count, Partition& ends) {
  for (std::size_t end = count; end > 0;) {
    ends.push_back(static_cast<std::uint32_t>(end));
    std::fill_n(problem.positions.offset + end, PrefixSums::padding, std::numeric_limits<double>::infinity());
    const std::size_t group = end / kept_begin;
    const bool is_last = (group + 1) * kept_begin > count;
    const std::size_t left = problem.begins[group];
    const std::size_t right = is_last ? end - 1 : std::clamp<std::size_t>(problem.begins[group + 1], left, end - 1);
    Candidate candidate;
    best_candidate<Width>(problem.positions, left, right, end, candidate);
    end = candidate.begin;
  }
}

template <std::size_t Width, class Weight>
GOLDILOCKS_INLINE void solve(const Problem<Weight>& problem, std::size_t count, double penalty, Partition& ends) {
  settle_positions<Width>(problem, count, penalty);
  collect_ends<Width>(problem, count, ends);
}

// The processor's best version of the search.
template <class Weight>
struct Solver {
  using Function = void (*)(const Problem<Weight>& problem, std::size_t count, double penalty, Partition& ends);

  static void by_two(const Problem<Weight>& problem, std::size_t count, double penalty, Partition& ends) {
    solve<2>(problem, count, penalty, ends);
  }

#if defined(__x86_64__)
  __attribute__((target("avx2"))) static void by_four(const Problem<Weight>& problem, std::size_t count, double penalty,
                                                      Partition& ends) {
    solve<4>(problem, count, penalty, ends);
  }

  // Eight at a time (AVX-512) were measured, too: no faster, as division is what takes the time.
  static Function best() { return __builtin_cpu_supports("avx2") ? by_four : by_two; }
#else
  static Function best() { return by_two; }
#endif
};

template <class Weight>
void run(const Problem<Weight>& problem, double penalty, Partition& ends) {
  static const auto solver = Solver<Weight>::best();
  solver(problem, problem.sums.positions() - 1, penalty, ends);
}

}  // namespace

double cluster_cost(const PrefixSums& sums, std::size_t begin, std::size_t end) {
  const double sum = sums.sum(end) - sums.sum(begin);
  const double weight = sums.weight(end) - sums.weight(begin);
  return std::max((sums.squares(end) - sums.squares(begin)) - sum * sum / weight, 0.0);
}

double partition_cost(const PrefixSums& sums, const Partition& partition) {
  double cost = 0;
  std::size_t begin = 0;
  for (const std::uint32_t end : partition) {
    cost += cluster_cost(sums, begin, end);
    begin = end;
  }
  return cost;
}

PenalizedPartition::PenalizedPartition(const PrefixSums& sums)
    : sums_(sums), offsets_(sums.positions() + PrefixSums::padding), begins_(sums.positions() / kept_begin + 1) {}

Partition PenalizedPartition::minimize(double penalty) {
  offsets_[0] = -sums_.squares(0);
  Partition ends;
  if (sums_.is_counted()) {
    run<std::int32_t>({sums_, {sums_.counts(), sums_.sums(), offsets_.data()}, begins_.data()}, penalty, ends);
  } else {
    run<double>({sums_, {sums_.weights(), sums_.sums(), offsets_.data()}, begins_.data()}, penalty, ends);
  }
  std::reverse(ends.begin(), ends.end());
  return ends;
}

}  // namespace goldilocks::kmeans
