#include "core/evaluation/median.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <boost/math/distributions/binomial.hpp>

namespace goldilocks::evaluation {
namespace {

// Of sorted values, between the two around the place where they lie to one side or the other (type 7 of Hyndman & Fan).
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

}  // namespace

MedianSummary summarize_by_median(std::vector<double> values, double confidence) {
  if (values.empty()) throw std::invalid_argument("there is no median of nothing");
  if (!(confidence > 0 && confidence < 1)) throw std::invalid_argument("a confidence is between 0 and 1");
  std::sort(values.begin(), values.end());
  MedianSummary summary;
  summary.median = quantile(values, 0.5);
  summary.spread = (quantile(values, 0.75) - quantile(values, 0.25)) / 2;
  const boost::math::binomial distribution(static_cast<double>(values.size()), 0.5);
  std::size_t rank = 0;  // of the lower end, from 1
  while (rank < values.size() / 2 &&
         boost::math::cdf(distribution, static_cast<double>(rank)) <= (1 - confidence) / 2) {
    ++rank;
  }
  if (rank > 0) summary.interval = {values[rank - 1], values[values.size() - rank], confidence, "order statistics"};
  return summary;
}

}  // namespace goldilocks::evaluation
