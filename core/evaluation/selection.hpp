#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace goldilocks::evaluation {

struct SelectionCandidate {
  std::string name;
  std::uint64_t size_bytes = 0;
  double mean_accuracy = 0;
  double mean_drop = 0;  // against its own full-precision model; 0 for that
};

struct SelectionRule {
  double max_drop = 0.01;
};

struct RankedCandidate {
  std::string name;
  bool passed = false;
  std::string reason;  // "chosen", or why not
};

struct SelectionOutcome {
  std::string chosen;                    // empty: none passed
  std::string rule;                      // in words
  std::string reason;                    // one sentence: what was chosen and over what, or the nearest miss
  std::vector<RankedCandidate> ranking;  // those that passed by size, then the others by drop
};

// The smallest candidate whose drop is at most max_drop (drops are compared after rounding to 1e-12, so that 0.01 is
// not lost to binary fractions); ties by accuracy, then by name.
SelectionOutcome select(const std::vector<SelectionCandidate>& candidates, const SelectionRule& rule);

}  // namespace goldilocks::evaluation
