// The proof is a run within the run: the same pipeline, which evaluates nothing but the chosen variant and its
// baseline, on another part of the images. All that was made before is found in the store.
#include "core/pipeline/prove.hpp"

#include <algorithm>
#include <vector>

#include "core/base/error.hpp"
#include "core/evaluation/selection_words.hpp"
#include "core/pipeline/predictions/broken_answers.hpp"
#include "core/pipeline/predictions/collect_figures.hpp"
#include "core/pipeline/results/collect_results.hpp"
#include "core/pipeline/results/few_samples.hpp"
#include "core/pipeline/results/selection_message.hpp"
#include "core/pipeline/yaml/selection_metrics.hpp"

namespace goldilocks::pipeline {
namespace {

const goldilocks::Variant& variant_of(const goldilocks::Results& results, const std::string& name) {
  const auto found = std::find_if(results.variants().begin(), results.variants().end(),
                                  [&](const goldilocks::Variant& variant) { return variant.name() == name; });
  if (found == results.variants().end()) throw Error(ExitCode::internal, "the results have no variant " + name);
  return *found;
}

PipelineSpec proof_spec(const PipelineSpec& spec, const std::string& chosen, const std::string& baseline) {
  PipelineSpec proof = spec;
  proof.evaluate->part = spec.prove->part;
  proof.evaluate->only = {chosen, baseline};
  if (spec.prove->rule.confidence != 0) proof.evaluate->figures.confidence = spec.prove->rule.confidence;
  proof.prove.reset();
  return proof;
}

// A plugin may fail on these samples though it did well on others.
void note_failure(const PipelineSpec& spec, ProofTasks& tasks) {
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    const auto& task = tasks.plan.predict[i];
    if (!task || !tasks.results[*task].failure) continue;
    tasks.failure = failure_text(spec.variants[i], *tasks.results[*task].failure);
    tasks.exit_code = tasks.results[*task].failure->exit_code();
  }
}

// The part as the proof has read it, in the place of what was planned of it.
void set_dataset(goldilocks::Results& results, const goldilocks::Results& proved, const std::string& name) {
  const auto of_name = [&](const goldilocks::Dataset& dataset) { return dataset.name() == name; };
  const auto from = std::find_if(proved.datasets().begin(), proved.datasets().end(), of_name);
  auto& datasets = *results.mutable_datasets();
  const auto to = std::find_if(datasets.begin(), datasets.end(), of_name);
  if (from == proved.datasets().end()) return;
  (to == datasets.end() ? *results.add_datasets() : *to) = *from;
}

double limit_of_drop(const evaluation::SelectionRule& rule) {
  for (const evaluation::Limit& limit : rule.limits) {
    if (limit.metric == "mean_drop" && limit.at_most) return *limit.at_most;
  }
  return 0;
}

evaluation::SelectionCandidate candidate_of(const goldilocks::Results& proved, const goldilocks::Variant& variant,
                                            const goldilocks::Variant& baseline, bool allow_broken_baseline) {
  evaluation::SelectionCandidate candidate;
  candidate.unfit = unfit_in_words(variant, &baseline, allow_broken_baseline);
  candidate.name = variant.name();
  candidate.figures = selection_figures(proved, variant, &baseline);
  candidate.baseline_name = baseline.name();
  candidate.baseline_figures = selection_figures(proved, baseline, nullptr);
  return candidate;
}

}  // namespace

ProofTasks prove_chosen(goldilocks::Results& results, const PipelineSpec& spec, plugins::Registry& registry,
                        store::Store& store, ThreadPool& pool, const TaskSettings& settings) {
  const std::string chosen = results.selection().chosen();
  const std::string baseline = variant_of(results, chosen).evaluation().baseline();
  const PipelineSpec proof_of = proof_spec(spec, chosen, baseline);
  ProofTasks tasks;
  tasks.plan = make_plan(proof_of, registry, pool);
  tasks.results = run_tasks(tasks.plan, registry, store, pool, settings);
  note_failure(proof_of, tasks);
  if (!tasks.failure.empty()) return tasks;

  goldilocks::Results proved = collect_results(proof_of, tasks.plan, tasks.results, registry, pool);
  // Its words and numbers are about the limits of the proof.
  *proved.mutable_selection() = results.selection();
  proved.mutable_selection()->set_max_drop(limit_of_drop(spec.prove->rule));
  state_findings(proved);
  for (goldilocks::Variant& variant : *proved.mutable_variants()) {
    *variant.mutable_cost() = variant_of(results, variant.name()).cost();
  }
  const goldilocks::Variant& variant = variant_of(proved, chosen);
  const goldilocks::Variant& before = variant_of(proved, baseline);
  set_dataset(results, proved, variant.evaluation().dataset());

  const evaluation::SelectionRule& rule = spec.prove->rule;
  const evaluation::SelectionOutcome outcome =
      evaluation::select({candidate_of(proved, variant, before, results.selection().allow_broken_baseline())}, rule);
  goldilocks::Proof& proof = *results.mutable_proof();
  proof.set_variant(chosen);
  const evaluation::RankedCandidate& judged = outcome.ranking.front();
  const std::vector<evaluation::LimitOutcome>& outcomes = judged.outcomes;
  proof.set_passed(judged.passed);
  add_constraints(rule, *proof.mutable_constraints());
  proof.set_confidence(rule.confidence);
  add_outcomes(outcomes, *proof.mutable_outcomes());
  const std::string few = few_samples_in_words(proved, chosen, rule);
  proof.set_reason((few.empty() ? "" : few + ". ") + evaluation::proof_in_words(rule, judged,
                                                                                variant.evaluation().samples(),
                                                                                variant.evaluation().dataset()));
  *proof.mutable_evaluation() = variant.evaluation();
  *proof.mutable_baseline() = before.evaluation();
  return tasks;
}

}  // namespace goldilocks::pipeline
