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
// nothing waits for the outcome of the position before it.

#include "penalized_partition.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "candidates.hpp"

namespace goldilocks::kmeans {
namespace {

constexpr std::size_t first_block = 128;
constexpr std::size_t largest_block = 4096;
constexpr std::size_t shortest_stretch = 2 * PrefixSums::padding;

GOLDILOCKS_INLINE double cost_between(const Positions& positions, std::size_t begin, std::size_t end) {
  const double sum = positions.sum[end] - positions.sum[begin];
  const double weight = positions.weight[end] - positions.weight[begin];
  const double cost = (positions.squares[end] - positions.squares[begin]) - sum * sum / weight;
  return cost > 0 ? cost : 0;
}

// The best candidate of first..limit, all of which are known, for a last cluster up to `end`. Stretches that the bound
// excludes are passed with strides that double; where it doesn't, they halve down to one that is looked at.
template <std::size_t Width>
GOLDILOCKS_INLINE void search_candidate(const Positions& positions, std::size_t first, std::size_t limit,
                                        std::size_t end, Candidate& best) {
  best = {};
  std::size_t stretch = shortest_stretch;
  for (std::size_t begin = first; begin <= limit;) {
    const std::size_t last = std::min(begin + stretch - 1, limit);
    const double cost_before = positions.offset[begin] + positions.squares[begin];
    if (cost_before + cost_between(positions, last, end) - positions.squares[end] >= best.value) {
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

// Settles begin and offset of the positions 1..count; those of 0 are set.
template <std::size_t Width>
GOLDILOCKS_INLINE void settle_positions(const Positions& positions, std::size_t count, double penalty) {
  // Costs of the present block's positions. Its offsets stay infinite until the block is settled, so that no search in
  // it takes one of its own positions for a candidate.
  std::array<double, largest_block> best;
  std::size_t least_begin = 0;
  std::size_t first = 1;
  Candidate candidate;
  const auto settle = [&](std::size_t end) __attribute__((always_inline)) {
    positions.begin[end] = static_cast<std::uint32_t>(candidate.begin);
    best[end - first] = candidate.value + positions.squares[end] + penalty;
  };
  for (std::size_t block = first_block; first <= count;) {
    const std::size_t last = std::min(first + block - 1, count);
    const std::size_t length = last - first + 1;
    search_candidate<Width>(positions, least_begin, first - 1, last, candidate);
    settle(last);
    const std::size_t largest_begin = candidate.begin;
    best_candidate<Width>(positions, least_begin, largest_begin, first, candidate);
    settle(first);
    if (length > 1 && best[length - 1] > best[0] + penalty) {
      block = length / 2;
      continue;
    }
    for (std::size_t half = std::bit_ceil(length) / 2; half > 0; half /= 2) {
      for (std::size_t end = first + half; end < last; end += 2 * half) {
        const std::size_t left = positions.begin[end - half];
        const std::size_t right = positions.begin[std::min(end + half, last)];
        best_candidate<Width>(positions, left, right, end, candidate);
        settle(end);
      }
    }
    for (std::size_t i = 0; i < length; ++i) positions.offset[first + i] = best[i] - positions.squares[first + i];
    if (best[length - 1] - best[0] <= penalty / 4) block = std::min(2 * block, largest_block);
    least_begin = largest_begin;
    first = last + 1;
  }
}

using Settle = void (*)(const Positions& positions, std::size_t count, double penalty);

void settle_by_two(const Positions& positions, std::size_t count, double penalty) {
  settle_positions<2>(positions, count, penalty);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void settle_by_four(const Positions& positions, std::size_t count, double penalty) {
  settle_positions<4>(positions, count, penalty);
}

// Eight at a time (AVX-512) were measured, too: no faster, as division is what takes the time.
Settle widest() { return __builtin_cpu_supports("avx2") ? settle_by_four : settle_by_two; }
#else
Settle widest() { return settle_by_two; }
#endif

}  // namespace

double cluster_cost(const PrefixSums& sums, std::size_t begin, std::size_t end) {
  const double sum = sums.sum[end] - sums.sum[begin];
  const double weight = sums.weight[end] - sums.weight[begin];
  return std::max((sums.squares[end] - sums.squares[begin]) - sum * sum / weight, 0.0);
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
    : sums_(sums), offsets_(sums.weight.size()), begins_(sums.positions()) {}

Partition PenalizedPartition::minimize(double penalty) {
  static const Settle settle = widest();
  std::fill(offsets_.begin(), offsets_.end(), std::numeric_limits<double>::infinity());
  offsets_[0] = -sums_.squares[0];
  const std::size_t count = sums_.positions() - 1;
  settle({sums_.weight.data(), sums_.sum.data(), sums_.squares.data(), offsets_.data(), begins_.data()}, count,
         penalty);
  Partition ends;
  for (auto end = static_cast<std::uint32_t>(count); end > 0; end = begins_[end]) ends.push_back(end);
  std::reverse(ends.begin(), ends.end());
  return ends;
}

}  // namespace goldilocks::kmeans
