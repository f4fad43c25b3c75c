#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/evaluation/interval.hpp"

namespace goldilocks::evaluation {

// The same samples answered by two models.
struct PairedCounts {
  std::size_t both_right = 0;
  std::size_t only_baseline_right = 0;
  std::size_t only_variant_right = 0;
  std::size_t both_wrong = 0;

  std::size_t total() const { return both_right + only_baseline_right + only_variant_right + both_wrong; }
  // What the baseline's share of right answers is above the variant's; 0 for no samples.
  double drop() const;
  // Counts one sample.
  void add(bool baseline_right, bool variant_right);
  PairedCounts& operator+=(const PairedCounts& other);
};

// McNemar's exact test, two-sided: how likely as uneven a split of the samples about which the two disagree is, if
// each is as likely to be right. 1 where they agree about all.
double mcnemar_p_value(std::size_t only_baseline_right, std::size_t only_variant_right);

// P values adjusted by Holm's method for the number of them, in their order: rejecting those at most alpha keeps the
// chance of any false rejection at alpha or below. NaN stays NaN and doesn't count.
std::vector<double> holm(std::span<const double> p_values);

// How the mean over classes of their accuracies drops; classes without a sample don't count.
struct PairedDrop {
  double drop = 0;         // the mean over classes
  double discordance = 0;  // the mean over classes of the shares about which the two disagree
  // So many samples of one class would give a drop of the same variance: that of all samples where classes are alike.
  double effective_samples = 0;
};
PairedDrop paired_drop(std::span<const PairedCounts> classes);

// Tango's score interval of the difference of two paired shares, which has a width even where no sample tells the two
// apart. Without a sample it is -1..1.
Interval drop_interval(const PairedDrop& drop, double confidence);

}  // namespace goldilocks::evaluation
