#include "core/evaluation/median.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/evaluation/quantile.hpp"

namespace goldilocks::evaluation {

MedianSummary summarize_by_median(std::vector<double> values, double confidence) {
  if (values.empty()) throw std::invalid_argument("there is no median of nothing");
  if (!(confidence > 0 && confidence < 1)) throw std::invalid_argument("a confidence is between 0 and 1");
  std::sort(values.begin(), values.end());
  MedianSummary summary;
  summary.median = sample_quantile(values, 0.5);
  summary.spread = (sample_quantile(values, 0.75) - sample_quantile(values, 0.25)) / 2;
  const QuantileRanks ranks = quantile_ranks(values.size(), 0.5, confidence);
  if (ranks.lower > 0) {
    summary.interval = {values[ranks.lower - 1], values[ranks.upper - 1], confidence, "order statistics"};
  }
  return summary;
}

}  // namespace goldilocks::evaluation
