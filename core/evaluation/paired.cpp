// Two models on the same images: only the images that one answers right and the other wrong say which is better.
#include "core/evaluation/paired.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/binomial.hpp>

namespace goldilocks::evaluation {
namespace {

// Variance of one sample's difference (-1, 0 or 1) from the shares of its two sides.
double variance_of(double worse, double better) { return worse + better - (worse - better) * (worse - better); }

// Tango's statistic: how many standard deviations the seen difference is above `difference`, where the deviation is
// that of the likeliest shares among those with this difference.
double score(double worse, double better, double n, double difference) {
  const double a = 2 * n;
  const double b = -worse - better + (2 * n - worse + better) * difference;
  const double c = -better * difference * (1 - difference);
  const double share = (std::sqrt(std::max(0.0, b * b - 4 * a * c)) - b) / (2 * a);
  const double variance = n * (2 * share + difference * (1 - difference));
  const double distance = worse - better - n * difference;
  if (!(variance > 0)) return distance == 0 ? 0 : std::copysign(HUGE_VAL, distance);
  return distance / std::sqrt(variance);
}

// Where the falling score passes `target` between two differences.
double solve(double worse, double better, double n, double target, double low, double high) {
  for (int step = 0; step < 100; ++step) {
    const double middle = std::midpoint(low, high);
    (score(worse, better, n, middle) > target ? low : high) = middle;
  }
  return std::midpoint(low, high);
}

}  // namespace

double PairedCounts::drop() const {
  if (total() == 0) return 0;
  return (static_cast<double>(only_baseline_right) - static_cast<double>(only_variant_right)) /
         static_cast<double>(total());
}

void PairedCounts::add(bool baseline_right, bool variant_right) {
  if (baseline_right) {
    ++(variant_right ? both_right : only_baseline_right);
  } else {
    ++(variant_right ? only_variant_right : both_wrong);
  }
}

PairedCounts& PairedCounts::operator+=(const PairedCounts& other) {
  both_right += other.both_right;
  only_baseline_right += other.only_baseline_right;
  only_variant_right += other.only_variant_right;
  both_wrong += other.both_wrong;
  return *this;
}

double mcnemar_p_value(std::size_t only_baseline_right, std::size_t only_variant_right) {
  const std::size_t trials = only_baseline_right + only_variant_right;
  if (trials == 0) return 1;
  const boost::math::binomial even(static_cast<double>(trials), 0.5);
  return std::min(1.0,
                  2 * boost::math::cdf(even, static_cast<double>(std::min(only_baseline_right, only_variant_right))));
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.begin(), p_values.end());
  double least = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    least = std::max(least, std::min(1.0, left * p_values[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

PairedDrop paired_drop(std::span<const PairedCounts> classes) {
  PairedDrop result;
  double count = 0;
  double worse = 0;  // sums over classes of shares drawn away from 0, as few samples can't show that they are
  double better = 0;
  double variance = 0;
  for (const PairedCounts& pairs : classes) {
    if (pairs.total() == 0) continue;
    const auto n = static_cast<double>(pairs.total());
    const double w = (static_cast<double>(pairs.only_baseline_right) + 0.5) / (n + 2);
    const double b = (static_cast<double>(pairs.only_variant_right) + 0.5) / (n + 2);
    count += 1;
    result.drop += pairs.drop();
    result.discordance += static_cast<double>(pairs.only_baseline_right + pairs.only_variant_right) / n;
    worse += w;
    better += b;
    variance += variance_of(w, b) / n;
  }
  if (count == 0) return result;
  result.drop /= count;
  result.discordance /= count;
  result.effective_samples = variance_of(worse / count, better / count) / (variance / (count * count));
  return result;
}

Interval drop_interval(const PairedDrop& drop, double confidence) {
  const double z = normal_reach(confidence);
  const double n = drop.effective_samples;
  if (!(n > 0)) return {-1, 1, confidence, "tango"};
  const double worse = n * (drop.discordance + drop.drop) / 2;
  const double better = n * (drop.discordance - drop.drop) / 2;
  return {solve(worse, better, n, z, -1, drop.drop), solve(worse, better, n, -z, drop.drop, 1), confidence, "tango"};
}

}  // namespace goldilocks::evaluation
