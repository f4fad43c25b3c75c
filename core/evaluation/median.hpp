#pragma once

#include <optional>
#include <vector>

#include "core/evaluation/interval.hpp"

namespace goldilocks::evaluation {

// What measurements come to whose noise is one-sided and has far outliers, as times have.
struct MedianSummary {
  double median = 0;
  double spread = 0;                 // half the distance between the quartiles
  std::optional<Interval> interval;  // of the median, method "order statistics"; none for too few measurements
};

// The interval goes from the k-th smallest to the k-th largest measurement, with the largest k for which no more than
// (1 - confidence) / 2 of the binomial distribution for shares of one half lie below k: it holds whatever the
// distribution is (docs/metrics.md has the source). Throws std::invalid_argument without a value, or for a confidence
// that is not between 0 and 1.
MedianSummary summarize_by_median(std::vector<double> values, double confidence);

}  // namespace goldilocks::evaluation
