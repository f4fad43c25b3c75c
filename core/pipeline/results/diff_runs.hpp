#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/evaluation/interval.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// How one variant changed from one run to another.
struct VariantChange {
  std::string variant;          // its name in the second run
  std::string earlier_variant;  // in the first one: the same, but for the pair of the chosen ones
  std::uint64_t bytes_before = 0, bytes_after = 0;
  double accuracy_before = 0, accuracy_after = 0;  // mean accuracies
  double drop = 0;                                 // before less after

  enum class Test {
    none,     // different images, or figures without intervals
    same,     // the same file on the same images
    paired,   // image by image
    unpaired  // from both accuracies' intervals: wider than it need be
  };
  Test test = Test::none;
  std::optional<evaluation::Interval> interval;  // of the drop
  // Of a paired test: images lost and won, McNemar's p value, and the same by Holm over all that are paired.
  std::size_t lost = 0, won = 0;
  double p_value = 1, adjusted_p_value = 1;
  bool regression = false;  // the drop is over the limit, or more samples have no finite answer
};

struct RunsDiff {
  double max_drop = 0;
  std::string chosen_before, chosen_after;  // empty: none
  std::vector<VariantChange> changes;  // variants of both runs by name, in the order of the second; the pair of chosen
                                       // ones first, where they have different names
  std::vector<std::string> only_before, only_after;  // variants' names
  std::vector<std::string> notes;                    // what else differs: inputs, datasets, backends, failures
  bool regressed() const;
};

// What changed from the first run to the second. A variant has regressed if its mean accuracy fell by more than
// `max_drop`, or if it has more samples without a finite answer. Tests are paired where both runs list the answers that
// differ from those of one and the same baseline: same file, backend, images and preparation.
RunsDiff diff_runs(const goldilocks::Results& before, const goldilocks::Results& after, double max_drop);

}  // namespace goldilocks::pipeline
