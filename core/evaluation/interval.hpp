#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace goldilocks::evaluation {

// A range that holds the true value of a figure in a share `confidence` of all samplings. docs/metrics.md has the
// formulas and their sources.
struct Interval {
  double lower = 0;
  double upper = 0;
  double confidence = 0;  // 0.95
  std::string method;     // "wilson", "tango", "bootstrap"
};

// The quantile of the normal distribution that a two-sided interval reaches to: 1.96 for 0.95. Throws
// std::invalid_argument unless 0 < confidence < 1.
double normal_reach(double confidence);

// Wilson's score interval of a share that was seen in `trials` trials, which need not be whole: an effective number
// where trials don't count alike. It stays within 0..1 and has a width at a share of 0 or 1, too. Without a trial it is
// 0..1. Throws std::invalid_argument for a share outside of 0..1.
Interval wilson_interval(double share, double trials, double confidence);

// Of the mean of the classes' shares (a mean accuracy), `right[i]` of `count[i]` samples each; classes without a sample
// don't count. Wilson's interval with as many trials as give the mean's variance, to which every class contributes by
// its own share (drawn a little towards one half, so that a class of few samples can't seem certain) and size. With
// classes alike in both it is that of all samples together.
Interval mean_share_interval(std::span<const std::size_t> right, std::span<const std::size_t> count, double confidence);

}  // namespace goldilocks::evaluation
