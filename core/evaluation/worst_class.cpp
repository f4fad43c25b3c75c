// The extreme of many figures is drawn from its truth by chance: of ten classes that all lose nothing, one seems to. No
// formula for a single share knows that, and the bootstrap of an extreme is known to fail. So no class is singled out:
// the intervals of all hold at once, and whichever the worst one is, it is within.
//
// At such confidences Wilson's interval holds a share near 1 far too rarely, so that accuracies have the exact one of
// Clopper and Pearson. Tango's of a drop errs on the safe side.
#include "core/evaluation/worst_class.hpp"

#include <algorithm>

#include <boost/math/distributions/beta.hpp>

namespace goldilocks::evaluation {
namespace {

struct Ends {
  double lower = 0;
  double upper = 1;
};

// Clopper and Pearson's: misses a share above it, or below it, with a chance of at most `tail` each.
Ends exact_ends(std::size_t seen, std::size_t trials, double tail) {
  const auto x = static_cast<double>(seen);
  const auto n = static_cast<double>(trials);
  Ends ends;
  if (seen > 0) ends.lower = boost::math::quantile(boost::math::beta_distribution<>(x, n - x + 1), tail);
  if (seen < trials) {
    ends.upper = boost::math::quantile(boost::math::complement(boost::math::beta_distribution<>(x + 1, n - x), tail));
  }
  return ends;
}

}  // namespace

WorstClass worst_class_accuracy(std::span<const std::size_t> right, std::span<const std::size_t> count,
                                double confidence) {
  const auto classes = std::count_if(count.begin(), count.end(), [](std::size_t n) { return n > 0; });
  const double tail = (1 - confidence) / (2 * static_cast<double>(classes));
  WorstClass worst{1, {1, 1, confidence, "bonferroni"}};
  for (std::size_t c = 0; c < count.size(); ++c) {
    if (count[c] == 0) continue;
    const Ends ends = exact_ends(right[c], count[c], tail);
    worst.value = std::min(worst.value, static_cast<double>(right[c]) / static_cast<double>(count[c]));
    worst.interval.lower = std::min(worst.interval.lower, ends.lower);
    worst.interval.upper = std::min(worst.interval.upper, ends.upper);
  }
  return worst;
}

WorstClass worst_class_drop(std::span<const PairedCounts> pairs, double confidence) {
  const auto classes =
      std::count_if(pairs.begin(), pairs.end(), [](const PairedCounts& counts) { return counts.total() > 0; });
  const double of_each = 1 - (1 - confidence) / static_cast<double>(classes);
  WorstClass worst{-1, {-1, -1, confidence, "bonferroni"}};
  for (const PairedCounts& counts : pairs) {
    if (counts.total() == 0) continue;
    const Interval interval = drop_interval(paired_drop({&counts, 1}), of_each);
    worst.value = std::max(worst.value, counts.drop());
    worst.interval.lower = std::max(worst.interval.lower, interval.lower);
    worst.interval.upper = std::max(worst.interval.upper, interval.upper);
  }
  return worst;
}

}  // namespace goldilocks::evaluation
