#include "core/evaluation/median.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <boost/math/distributions/binomial.hpp>

#include "core/evaluation/quantile.hpp"

namespace goldilocks::evaluation {

MedianSummary summarize_by_median(std::vector<double> values, double confidence) {
  if (values.empty()) throw std::invalid_argument("there is no median of nothing");
  if (!(confidence > 0 && confidence < 1)) throw std::invalid_argument("a confidence is between 0 and 1");
  std::sort(values.begin(), values.end());
  MedianSummary summary;
  summary.median = sample_quantile(values, 0.5);
  summary.spread = (sample_quantile(values, 0.75) - sample_quantile(values, 0.25)) / 2;
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
