// The order decides everything: candidates are sorted once, those that pass first and by the rule, so that the first
// one is the answer and every other one's reason is how it differs from the first.
#include "core/evaluation/selection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "core/base/error.hpp"
#include "core/evaluation/selection_words.hpp"

namespace goldilocks::evaluation {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

void check(const SelectionRule& rule) {
  for (const Limit& limit : rule.limits) {
    if (limit.at_most.has_value() == limit.at_least.has_value()) {
      throw UsageError("the limit of " + limit.metric + " has one of at_most and at_least");
    }
    if (!std::isfinite(limit.at_most ? *limit.at_most : *limit.at_least)) {
      throw UsageError("the limit of " + limit.metric + " is not a number");
    }
  }
}

// What is held against the limit.
double bound_of(const Estimate& estimate, const Limit& limit, double confidence) {
  if (confidence == 0 || estimate.exact || std::isnan(estimate.value)) return estimate.value;
  if (!estimate.interval) return no_number;
  return limit.at_most ? estimate.interval->second : estimate.interval->first;
}

// By how much the bound misses the limit: 0 where it keeps it, infinity where it isn't a number.
double miss_of(double bound, const Limit& limit) {
  if (std::isnan(bound)) return infinity;
  const double miss =
      limit.at_most ? rounded(bound) - rounded(*limit.at_most) : rounded(*limit.at_least) - rounded(bound);
  return std::max(0.0, miss);
}

Judged judge(const SelectionCandidate& candidate, const SelectionRule& rule) {
  Judged judged{&candidate, {}};
  for (const Limit& limit : rule.limits) {
    const auto found = candidate.figures.find(limit.metric);
    const Estimate estimate = found == candidate.figures.end() ? Estimate{.value = no_number} : found->second;
    const double bound = bound_of(estimate, limit, rule.confidence);
    judged.outcomes.push_back({miss_of(bound, limit) == 0, estimate.value, bound});
  }
  return judged;
}

bool passes(const Judged& judged, const SelectionRule& rule) {
  return judged.candidate->unfit.empty() && !std::isnan(judged.candidate->figure(rule.objective)) &&
         std::all_of(judged.outcomes.begin(), judged.outcomes.end(),
                     [](const auto& outcome) { return outcome.passed; });
}

double accuracy_for_ties(const SelectionCandidate& candidate) {
  const double accuracy = rounded(candidate.figure("mean_accuracy"));
  return std::isnan(accuracy) ? -infinity : accuracy;
}

double objective_of(const SelectionCandidate& candidate, const SelectionRule& rule) {
  const double objective = candidate.figure(rule.objective);
  return std::isnan(objective) ? infinity : objective;
}

// How far a candidate is from passing; see the header.
struct Distance {
  double largest = 0;
  double sum = 0;
};

std::vector<Distance> distances(const std::vector<Judged>& failed, const SelectionRule& rule) {
  std::vector<Distance> all(failed.size());
  for (std::size_t l = 0; l < rule.limits.size(); ++l) {
    std::vector<double> misses;
    double largest = 0;
    for (const Judged& judged : failed) {
      misses.push_back(miss_of(judged.outcomes[l].bound, rule.limits[l]));
      if (std::isfinite(misses.back())) largest = std::max(largest, misses.back());
    }
    for (std::size_t i = 0; i < failed.size(); ++i) {
      const double part = std::isfinite(misses[i]) && largest > 0 ? misses[i] / largest : misses[i];
      all[i].largest = std::max(all[i].largest, part);
      all[i].sum += part;
    }
  }
  return all;
}

std::vector<Judged> nearest_first(std::vector<Judged> failed, const SelectionRule& rule) {
  const std::vector<Distance> away = distances(failed, rule);
  std::vector<std::size_t> order(failed.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto rank = [&](std::size_t i) {
    const SelectionCandidate& candidate = *failed[i].candidate;
    return std::tuple(!candidate.unfit.empty(), away[i].largest, away[i].sum, objective_of(candidate, rule),
                      std::string_view(candidate.name));
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  std::vector<Judged> sorted;
  sorted.reserve(order.size());
  for (const std::size_t i : order) sorted.push_back(std::move(failed[i]));
  return sorted;
}

}  // namespace

double SelectionCandidate::figure(const std::string& metric) const {
  const auto found = figures.find(metric);
  return found == figures.end() ? no_number : found->second.value;
}

SelectionOutcome select(const std::vector<SelectionCandidate>& candidates, const SelectionRule& rule) {
  check(rule);
  std::vector<Judged> passed;
  std::vector<Judged> failed;
  std::vector<const SelectionCandidate*> baselines;
  for (const SelectionCandidate& candidate : candidates) {
    if (candidate.is_baseline) {
      baselines.push_back(&candidate);
      continue;
    }
    Judged judged = judge(candidate, rule);
    (passes(judged, rule) ? passed : failed).push_back(std::move(judged));
  }
  const auto rank = [&](const Judged& judged) {
    const SelectionCandidate& candidate = *judged.candidate;
    return std::tuple(objective_of(candidate, rule), -accuracy_for_ties(candidate), std::string_view(candidate.name));
  };
  std::sort(passed.begin(), passed.end(), [&](const Judged& a, const Judged& b) { return rank(a) < rank(b); });
  failed = nearest_first(std::move(failed), rule);
  std::sort(baselines.begin(), baselines.end(), [](const auto* a, const auto* b) { return a->name < b->name; });

  SelectionOutcome outcome;
  outcome.rule = rule_in_words(rule);
  outcome.front = pareto_front(candidates, rule.front);
  for (const Judged& judged : passed) {
    const SelectionCandidate& chosen = *passed.front().candidate;
    const bool is_chosen = judged.candidate == &chosen;
    outcome.ranking.push_back({judged.candidate->name, true,
                               is_chosen ? "chosen" : reason_against(rule, *judged.candidate, chosen),
                               judged.outcomes});
  }
  for (const Judged& judged : failed) {
    const std::string& unfit = judged.candidate->unfit;
    outcome.ranking.push_back({judged.candidate->name, false,
                               unfit.empty() ? misses_in_words(rule, judged.outcomes) : unfit, judged.outcomes});
  }
  for (const SelectionCandidate* baseline : baselines) {
    outcome.ranking.push_back({baseline->name, false, "loaded: what its variants are measured against", {}});
  }
  if (passed.empty()) {
    outcome.reason = failure_in_words(rule, failed);
    if (!failed.empty()) outcome.nearest = failed.front().candidate->name;
    return outcome;
  }
  outcome.chosen = passed.front().candidate->name;
  outcome.reason = choice_in_words(rule, passed, passed.size() + failed.size());
  if (passed.size() > 1) {
    outcome.runner_up = passed[1].candidate->name;
    outcome.runner_up_cost = runner_up_in_words(rule, *passed[1].candidate, *passed.front().candidate);
  }
  return outcome;
}

}  // namespace goldilocks::evaluation
