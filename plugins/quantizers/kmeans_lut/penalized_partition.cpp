// One pass from left to right. Let best(j) be the least penalized cost of the points before position j:
//
//   best(j) = min over i < j of  best(i) + cost(i, j) + penalty
//
// For squared error, cost(i, j) has the quadrangle inequality: of two candidates i1 < i2 for the begin of the last
// cluster, once i2 is better for a row j, it stays better for all later rows. So a queue of candidates suffices,
// ordered by begin, each with the first row from which it beats its predecessor. The front is the best one for the
// present row. A new candidate enters at the back; those that it beats before they would ever be the best leave.
//
// When does i2 beat i1? Merging the points i1..i2 (weight w, sum s, own cost c) with i2..j (weight W, sum S) costs
//
//   cost(i1, j) = c + cost(i2, j) + (w S - s W)^2 / (w W (w + W))
//
// so i2 is better for row j exactly if (w S - s W)^2 > gain * W (w + W), with gain = w (best(i2) - best(i1) - c): a
// test without a division, on sums of the two clusters alone.

#include "penalized_partition.hpp"

#include <algorithm>
#include <cstddef>

namespace goldilocks::kmeans {
namespace {

// Two candidates for the begin of the last cluster, ready to be compared for any row.
class Duel {
 public:
  Duel(const Prefix& early, const Prefix& late)
      : late_weight_(late.weight),
        late_sum_(late.sum),
        weight_(late.weight - early.weight),
        sum_(late.sum - early.sum),
        gain_(weight_ * ((late.best - early.best) - (late.squares - early.squares)) + sum_ * sum_) {}

  // Positive where the late candidate is better for this row.
  double lead(const Prefix& row) const {
    const double weight = row.weight - late_weight_;
    const double difference = weight_ * (row.sum - late_sum_) - sum_ * weight;
    return difference * difference - gain_ * weight * (weight_ + weight);
  }
  bool late_wins(const Prefix& row) const { return lead(row) > 0; }

 private:
  double late_weight_, late_sum_;
  double weight_, sum_;
  double gain_;
};

// The first row that the late candidate wins, given that it loses row `lost` by `lead` (0 or less); 0 if there is none.
// The lead is a smooth function of the row and the turn is near, so the tangent at `lost` mostly meets it: what remains
// is to see that the row before is lost. If not, the search goes on from there with strides that double, then halve.
std::uint32_t first_row_won(std::span<const Prefix> rows, const Duel& duel, std::uint32_t lost, double lead) {
  const auto end = static_cast<std::uint32_t>(rows.size() - 1);
  if (lost == end) return 0;
  const double next_lead = duel.lead(rows[lost + 1]);
  if (next_lead > 0) return lost + 1;
  const double steps = lead / (lead - next_lead);
  std::uint32_t won = end;
  if (steps >= 0 && steps < static_cast<double>(end - lost)) won = lost + 1 + static_cast<std::uint32_t>(steps);
  ++lost;
  if (!duel.late_wins(rows[won])) {
    for (std::uint32_t stride = 1;; stride *= 2) {
      if (won == end) return 0;
      lost = won;
      won += std::min(stride, end - won);
      if (duel.late_wins(rows[won])) break;
    }
  } else {
    for (std::uint32_t stride = 1; won - lost > 1; stride *= 2) {
      const std::uint32_t row = won - std::min(stride, won - lost - 1);
      if (!duel.late_wins(rows[row])) {
        lost = row;
        break;
      }
      won = row;
    }
  }
  while (won - lost > 1) {
    const std::uint32_t middle = lost + (won - lost) / 2;
    (duel.late_wins(rows[middle]) ? won : lost) = middle;
  }
  return won;
}

}  // namespace

double cluster_cost(const Prefix& begin, const Prefix& end) {
  const double sum = end.sum - begin.sum;
  const double cost = (end.squares - begin.squares) - sum * sum / (end.weight - begin.weight);
  return std::max(cost, 0.0);
}

double partition_cost(std::span<const Prefix> prefixes, const Partition& partition) {
  double cost = 0;
  std::size_t begin = 0;
  for (const std::uint32_t end : partition) {
    cost += cluster_cost(prefixes[begin], prefixes[end]);
    begin = end;
  }
  return cost;
}

PenalizedPartition::PenalizedPartition(std::span<Prefix> prefixes)
    : prefixes_(prefixes), last_begin_(prefixes.size()), queue_(prefixes.size()) {}

Partition PenalizedPartition::minimize(double penalty) {
  const std::size_t count = prefixes_.size() - 1;
  prefixes_[0].best = 0;
  queue_[0] = {0, 1};
  front_ = back_ = 0;
  for (std::uint32_t row = 1; row <= count; ++row) {
    while (front_ < back_ && queue_[front_ + 1].from_row <= row) ++front_;
    const std::uint32_t begin = queue_[front_].begin;
    last_begin_[row] = begin;
    prefixes_[row].best = prefixes_[begin].best + cluster_cost(prefixes_[begin], prefixes_[row]) + penalty;
    if (row < count) enter(row);
  }
  Partition ends;
  for (auto end = static_cast<std::uint32_t>(count); end > 0; end = last_begin_[end]) ends.push_back(end);
  std::reverse(ends.begin(), ends.end());
  return ends;
}

// Called after best(begin) is known: lets `begin` compete for the rows after it.
void PenalizedPartition::enter(std::uint32_t begin) {
  const Prefix& late = prefixes_[begin];
  for (;;) {
    const Candidate last = queue_[back_];
    const Duel duel(prefixes_[last.begin], late);
    // The first row that `last` can be the best for.
    const std::uint32_t first = std::max(last.from_row, begin + 1);
    const double lead = duel.lead(prefixes_[first]);
    if (lead > 0) {
      if (back_ == front_) {
        queue_[back_] = {begin, begin + 1};
        return;
      }
      --back_;
      continue;
    }
    const std::uint32_t won = first_row_won(prefixes_, duel, first, lead);
    if (won != 0) queue_[++back_] = {begin, won};
    return;
  }
}

}  // namespace goldilocks::kmeans
