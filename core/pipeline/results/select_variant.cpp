#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/pipeline/predictions/broken_answers.hpp"
#include "core/pipeline/results/collect_results.hpp"
#include "core/pipeline/results/selection_message.hpp"
#include "core/pipeline/yaml/selection_metrics.hpp"

namespace goldilocks::pipeline {
namespace {

using Figures = std::map<std::string, evaluation::Estimate, std::less<>>;

// A figure that no variant has is one that was never computed, and not one that this or that variant lacks.
void require(const std::vector<evaluation::SelectionCandidate>& candidates, const std::string& metric,
             const Place& place) {
  for (const evaluation::SelectionCandidate& candidate : candidates) {
    if (candidate.figures.contains(metric)) return;
  }
  throw UsageError(place.text(), "the results have no '" + metric + "' of any variant");
}

// Of an earlier run's results: those of this run are as the pipeline says.
void require_confidence(const goldilocks::Results& results, double confidence, const Place& place) {
  for (const goldilocks::Variant& variant : results.variants()) {
    for (const goldilocks::Figure& figure : variant.evaluation().figures()) {
      if (!figure.has_interval() || figure.interval().confidence() == confidence) continue;
      throw UsageError(place.text(), fmt::format("the results have intervals of the confidence {}, not {}",
                                                 figure.interval().confidence(), confidence));
    }
  }
}

std::vector<evaluation::SelectionCandidate> candidates_of(const goldilocks::Results& results,
                                                          bool allow_broken_baseline) {
  std::map<std::string, const goldilocks::Variant*> by_name;
  for (const goldilocks::Variant& variant : results.variants()) by_name[variant.name()] = &variant;

  std::vector<evaluation::SelectionCandidate> candidates;
  for (const goldilocks::Variant& variant : results.variants()) {
    if (!variant.has_evaluation()) continue;
    const goldilocks::Evaluation& evaluation = variant.evaluation();
    const auto baseline = by_name.find(evaluation.baseline());
    const goldilocks::Variant* before = baseline == by_name.end() ? nullptr : baseline->second;
    evaluation::SelectionCandidate candidate;
    candidate.name = variant.name();
    candidate.figures = selection_figures(results, variant, before);
    candidate.unfit = unfit_in_words(variant, before, allow_broken_baseline);
    if (!evaluation.baseline().empty()) {
      candidate.baseline_name = evaluation.baseline();
      if (before != nullptr) candidate.baseline_figures = selection_figures(results, *before, nullptr);
    } else if (variant.function().empty()) {
      candidate.is_baseline = true;
    } else {
      continue;  // its full-precision model failed, so there is nothing to compare with
    }
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

// What is set against the size: accuracy, the error against targets, or else what says most of how alike answers are.
evaluation::Axis usual_axis(const std::vector<evaluation::SelectionCandidate>& candidates,
                            const evaluation::Axis& usual) {
  for (const evaluation::Axis& axis :
       {usual, evaluation::Axis{"mse", false}, evaluation::Axis{"perplexity", false}, evaluation::Axis{"map", true},
        evaluation::Axis{"boxes_matched", true}, evaluation::Axis{"agreement", true}, evaluation::Axis{"snr", true}}) {
    const auto has = [&](const auto& candidate) { return candidate.figures.contains(axis.metric); };
    if (std::any_of(candidates.begin(), candidates.end(), has)) return axis;
  }
  return usual;
}

void describe_rule(const evaluation::SelectionRule& rule, goldilocks::Selection& selection) {
  selection.set_objective(rule.objective);
  selection.set_confidence(rule.confidence);
  add_constraints(rule, *selection.mutable_constraints());
  for (const evaluation::Limit& limit : rule.limits) {
    if (limit.metric == "mean_drop" && limit.at_most) selection.set_max_drop(*limit.at_most);
  }
}

}  // namespace

void select_variant(goldilocks::Results& results, const SelectStage& stage) {
  const std::vector<evaluation::SelectionCandidate> candidates = candidates_of(results, stage.allow_broken_baseline);
  evaluation::SelectionRule rule = stage.rule;
  if (!stage.front_place) rule.front.second = usual_axis(candidates, rule.front.second);
  if (rule.confidence != 0) require_confidence(results, rule.confidence, stage.place);
  if (!candidates.empty()) {
    require(candidates, rule.objective, stage.objective_place);
    bool any_variant = false;
    for (const auto& candidate : candidates) any_variant = any_variant || !candidate.is_baseline;
    for (std::size_t i = 0; any_variant && i < rule.limits.size(); ++i) {
      require(candidates, rule.limits[i].metric, stage.limit_places[i]);
    }
    if (stage.front_place) {
      require(candidates, rule.front.first.metric, *stage.front_place);
      require(candidates, rule.front.second.metric, *stage.front_place);
    }
  }

  const evaluation::SelectionOutcome outcome = evaluation::select(candidates, rule);
  goldilocks::Selection selection;
  describe_rule(rule, selection);
  selection.set_allow_broken_baseline(stage.allow_broken_baseline);
  selection.set_rule(outcome.rule);
  selection.set_chosen(outcome.chosen);
  selection.set_reason(outcome.reason);
  for (const evaluation::RankedCandidate& ranked : outcome.ranking) {
    goldilocks::Candidate& candidate = *selection.add_candidates();
    candidate.set_variant(ranked.name);
    candidate.set_passed(ranked.passed);
    candidate.set_reason(ranked.reason);
    add_outcomes(ranked.outcomes, *candidate.mutable_outcomes());
  }
  selection.set_runner_up(outcome.runner_up);
  selection.set_runner_up_cost(outcome.runner_up_cost);
  selection.set_nearest(outcome.nearest);
  goldilocks::Front& front = *selection.mutable_front();
  front.set_x(rule.front.first.metric);
  front.set_y(rule.front.second.metric);
  for (const std::string& name : outcome.front) front.add_variants(name);
  *results.mutable_selection() = std::move(selection);
}

}  // namespace goldilocks::pipeline
