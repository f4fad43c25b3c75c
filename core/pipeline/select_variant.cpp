#include <map>

#include "core/pipeline/collect_results.hpp"

namespace goldilocks::pipeline {

void select_variant(goldilocks::Results& results, const evaluation::SelectionRule& rule) {
  std::map<std::string, const goldilocks::Variant*> by_name;
  for (const goldilocks::Variant& variant : results.variants()) by_name[variant.name()] = &variant;

  std::vector<evaluation::SelectionCandidate> candidates;
  for (const goldilocks::Variant& variant : results.variants()) {
    if (!variant.has_evaluation()) continue;
    const goldilocks::Evaluation& figures = variant.evaluation();
    evaluation::SelectionCandidate candidate;
    candidate.name = variant.name();
    candidate.size_bytes = variant.size_bytes();
    candidate.mean_accuracy = figures.mean_accuracy();
    candidate.mean_drop = figures.mean_drop();
    if (figures.has_mean_drop()) {
      const auto baseline = by_name.find(figures.baseline());
      candidate.baseline_name = figures.baseline();
      if (baseline != by_name.end()) {
        candidate.baseline_size_bytes = baseline->second->size_bytes();
        candidate.baseline_accuracy = baseline->second->evaluation().mean_accuracy();
      }
    } else if (variant.function().empty()) {
      candidate.is_baseline = true;
    } else {
      continue;  // its full-precision model failed, so there is nothing to compare with
    }
    candidates.push_back(std::move(candidate));
  }

  const evaluation::SelectionOutcome outcome = evaluation::select(candidates, rule);
  goldilocks::Selection selection;
  selection.set_rule(outcome.rule);
  selection.set_max_drop(rule.max_drop);
  selection.set_chosen(outcome.chosen);
  selection.set_reason(outcome.reason);
  for (const evaluation::RankedCandidate& ranked : outcome.ranking) {
    goldilocks::Candidate& candidate = *selection.add_candidates();
    candidate.set_variant(ranked.name);
    candidate.set_passed(ranked.passed);
    candidate.set_reason(ranked.reason);
  }
  *results.mutable_selection() = std::move(selection);
}

}  // namespace goldilocks::pipeline
