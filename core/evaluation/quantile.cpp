#include "core/evaluation/quantile.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <stdexcept>

#include <boost/math/distributions/binomial.hpp>

namespace goldilocks::evaluation {

double sample_quantile(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto index = static_cast<std::size_t>(place);
  const double low = sorted[index];
  const double high = sorted[std::min(index + 1, sorted.size() - 1)];
  const double part = place - static_cast<double>(index);
  // Two infinite ends would give NaN by interpolation.
  return part == 0 || low == high ? low : low + part * (high - low);
}

// By bisection, as there may be millions of values. P(fewer than l of n values lie below the quantile) is the binomial
// distribution function at l - 1.
QuantileRanks quantile_ranks(std::size_t values, double share, double confidence) {
  if (!(confidence > 0 && confidence < 1)) throw std::invalid_argument("a confidence is between 0 and 1");
  const boost::math::binomial distribution(static_cast<double>(values), share);
  const double beyond = (1 - confidence) / 2;
  // The number of ranks from 1 on for which `holds`, which do so up to one of them.
  const auto count_while = [values](const auto& holds) {
    std::size_t low = 0;
    std::size_t high = values;
    while (low < high) {
      const std::size_t middle = low + (high - low + 1) / 2;
      if (holds(static_cast<double>(middle))) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  };
  const auto is_below = [&](double rank) { return boost::math::cdf(distribution, rank - 1) <= beyond; };
  const auto is_no_end = [&](double rank) {
    return boost::math::cdf(boost::math::complement(distribution, rank - 1)) > beyond;
  };
  return {count_while(is_below), count_while(is_no_end) + 1};
}

Interval quantile_interval(std::span<const double> sorted, double share, double confidence, double least) {
  const QuantileRanks ranks = quantile_ranks(sorted.size(), share, confidence);
  Interval interval{least, std::numeric_limits<double>::infinity(), confidence, "order statistics"};
  if (ranks.lower > 0) interval.lower = sorted[ranks.lower - 1];
  if (ranks.upper <= sorted.size()) interval.upper = sorted[ranks.upper - 1];
  return interval;
}

}  // namespace goldilocks::evaluation
