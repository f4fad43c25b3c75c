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

  // A full-precision model is what variants are measured by. It is ranked, so that the table is complete, but can't be
  // chosen: when no variant is good enough, the gate has failed.
  bool is_baseline = false;

  // Its full-precision model, for the sentences; all of it may be left out where there is none.
  std::string baseline_name;
  std::uint64_t baseline_size_bytes = 0;
  double baseline_accuracy = 0;
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
  std::vector<RankedCandidate> ranking;  // those that passed by size, then the others by drop, then baselines by name
};

// The smallest variant whose drop is at most max_drop (drops are compared after rounding to 1e-12, so that 0.01 is not
// lost to binary fractions); ties by accuracy, then by name. A variant whose accuracy or drop is not a number does not
// pass. The order of the candidates makes no difference, and no candidate at all is an outcome, not an error. Throws
// UsageError if max_drop is not a number.
SelectionOutcome select(const std::vector<SelectionCandidate>& candidates, const SelectionRule& rule);

}  // namespace goldilocks::evaluation
