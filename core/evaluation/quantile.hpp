#pragma once

#include <cstddef>
#include <span>

#include "core/evaluation/interval.hpp"

namespace goldilocks::evaluation {

// The quantile of values in rising order at a share of 0..1, interpolated between the two values around that place
// (type 7 of Hyndman & Fan, numpy's default). Precondition: there is a value, and none is NaN.
double sample_quantile(std::span<const double> sorted, double share);

// Which of some values in rising order, counted from 1, are the ends of an interval for the quantile at a share: the
// highest and the lowest for which the chance that the quantile lies beyond them is at most (1 - confidence) / 2,
// whatever the distribution is. 0, or one more than there are, where no value will do. Throws std::invalid_argument for
// a confidence that is not between 0 and 1.
struct QuantileRanks {
  std::size_t lower = 0, upper = 0;
};
QuantileRanks quantile_ranks(std::size_t values, double share, double confidence);

// That interval, method "order statistics". An end that no value will do for is `least`, or infinite: so few samples
// don't show it. Precondition: there is a value, and none is NaN.
Interval quantile_interval(std::span<const double> sorted, double share, double confidence, double least);

}  // namespace goldilocks::evaluation
