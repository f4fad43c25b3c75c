#include "core/evaluation/interval.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <boost/math/distributions/normal.hpp>

namespace goldilocks::evaluation {

double normal_reach(double confidence) {
  if (!(confidence > 0 && confidence < 1)) throw std::invalid_argument("a confidence is between 0 and 1");
  return boost::math::quantile(boost::math::normal(), 0.5 + confidence / 2);
}

Interval wilson_interval(double share, double trials, double confidence) {
  if (!(share >= 0 && share <= 1)) throw std::invalid_argument("a share is from 0 to 1");
  const double z = normal_reach(confidence);
  if (!(trials > 0)) return {0, 1, confidence, "wilson"};
  const double weight = 1 + z * z / trials;
  const double center = (share + z * z / (2 * trials)) / weight;
  const double reach = z / weight * std::sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials));
  // At a share of 0 or 1 the ends are exact, which rounding would miss by a bit.
  return {share == 0 ? 0 : std::max(0.0, center - reach), share == 1 ? 1 : std::min(1.0, center + reach), confidence,
          "wilson"};
}

Interval mean_share_interval(std::span<const std::size_t> right, std::span<const std::size_t> count,
                             double confidence) {
  if (right.size() != count.size()) throw std::invalid_argument("as many classes as counts are needed");
  const double z = normal_reach(confidence);
  double classes = 0;
  double share = 0;     // sums over classes
  double drawn = 0;     // of shares drawn towards one half
  double variance = 0;  // of the sum of shares
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (count[i] == 0) continue;
    const auto n = static_cast<double>(count[i]);
    const auto x = static_cast<double>(right[i]);
    const double p = (x + z * z / 2) / (n + z * z);
    classes += 1;
    share += x / n;
    drawn += p;
    variance += p * (1 - p) / n;
  }
  if (classes == 0) return wilson_interval(0, 0, confidence);
  drawn /= classes;
  variance /= classes * classes;
  return wilson_interval(std::clamp(share / classes, 0.0, 1.0), drawn * (1 - drawn) / variance, confidence);
}

}  // namespace goldilocks::evaluation
