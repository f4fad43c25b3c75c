#pragma once

#include <cstddef>
#include <span>

#include "core/evaluation/interval.hpp"
#include "core/evaluation/paired.hpp"

namespace goldilocks::evaluation {

// An extreme over the classes, with an interval for that of the classes' true figures: each class has an interval of
// its own at a confidence so high that all of them hold at once (Bonferroni), and so does the least, or the largest, of
// their lower and of their upper ends. Classes without a sample don't count. docs/metrics.md has the formulas.
struct WorstClass {
  double value = 0;
  Interval interval;
};

// The least accuracy of any class, `right[c]` of `count[c]` samples each. Precondition: as many of either, and a
// sample.
WorstClass worst_class_accuracy(std::span<const std::size_t> right, std::span<const std::size_t> count,
                                double confidence);

// The largest drop of any class's accuracy. Precondition: a sample.
WorstClass worst_class_drop(std::span<const PairedCounts> classes, double confidence);

}  // namespace goldilocks::evaluation
