#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/evaluation/selection.hpp"

namespace goldilocks::evaluation {

// The sentences of a selection. A candidate "misses" a limit that it doesn't keep.

// To 1e-12, as all comparisons do.
double rounded(double value);

// "the smallest variant whose mean accuracy is at most 0.01 below that of its full-precision model; of equal ..."
std::string rule_in_words(const SelectionRule& rule);

// "its mean accuracy drops by 0.02, over the limit of 0.01"; of several limits that are missed, one after the other.
std::string misses_in_words(const SelectionRule& rule, const std::vector<LimitOutcome>& outcomes);

// Why a candidate that passed is not the chosen one.
std::string reason_against(const SelectionRule& rule, const SelectionCandidate& candidate,
                           const SelectionCandidate& chosen);

// What the runner-up would have cost.
std::string runner_up_in_words(const SelectionRule& rule, const SelectionCandidate& runner_up,
                               const SelectionCandidate& chosen);

// Whether the chosen variant keeps the limits on samples that took no part in the choice: "on 300 samples of
// images/prove, ..."
std::string proof_in_words(const SelectionRule& rule, const RankedCandidate& chosen, std::size_t samples,
                           const std::string& dataset);

// A candidate with its outcomes.
struct Judged {
  const SelectionCandidate* candidate = nullptr;
  std::vector<LimitOutcome> outcomes;
};

// `passed`: best first, not empty.
std::string choice_in_words(const SelectionRule& rule, const std::vector<Judged>& passed, std::size_t variants);

// `failed`: nearest first; may be empty.
std::string failure_in_words(const SelectionRule& rule, const std::vector<Judged>& failed);

}  // namespace goldilocks::evaluation
