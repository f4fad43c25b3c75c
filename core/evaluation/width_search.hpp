#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace goldilocks::evaluation {

// For each tensor the index of the width that it gets.
using WidthChoice = std::vector<std::size_t>;

// What one tensor takes and causes alone at each width, the narrowest first.
struct TensorWidths {
  std::vector<double> bytes;
  std::vector<double> divergence;
};

// Exactly one of the two.
struct WidthTarget {
  std::optional<double> bytes;       // all tensors together take at most so many
  std::optional<double> divergence;  // measured, at most so much
};

// A choice in which one tensor has another width.
struct WidthChange {
  std::size_t tensor = 0;
  std::size_t width = 0;
};

// Real measurements, each of one file's worth of predictions. The same choice gives the same figure, always.
struct WidthMeasure {
  std::function<double(const WidthChoice&)> whole;
  // For each change the divergence of `base` with it alone.
  std::function<std::vector<double>(const WidthChoice& base, std::span<const WidthChange>)> changes;
};

struct WidthOutcome {
  WidthChoice choice;
  double bytes = 0;
  double predicted = 0;          // the sum of what its tensors cause alone
  double measured = 0;           // of the choice
  double first_measured = 0;     // of the choice by the sums alone
  std::size_t corrections = 0;   // rounds that found something better
  std::size_t measurements = 0;  // in all
};

// The widths for a target: first by the sums, then corrected by measuring. A round measures what each tensor's next
// wider and next narrower width does to the choice as it stands, solves the knapsack again over these three widths of
// each tensor, and measures what comes out; where that is no better, again with only the changes that promise most.
// The rounds end when one finds nothing better, or `measurements` would be passed. A choice that was measured to
// miss a target of divergence is never the outcome.
//
// Nothing if not even the narrowest widths take few enough bytes, or not even the widest are close enough. Throws
// std::invalid_argument for a target that is not one.
std::optional<WidthOutcome> search_widths(std::span<const TensorWidths> tensors, const WidthTarget& target,
                                          const WidthMeasure& measure, std::size_t measurements);

}  // namespace goldilocks::evaluation
