// The order decides everything: candidates are sorted once, those that pass first and by the rule, so that the first
// one is the answer and every other one's reason is how it differs from the first.
#include "core/evaluation/selection.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/evaluation/figures.hpp"

namespace goldilocks::evaluation {
namespace {

using Candidates = std::vector<const SelectionCandidate*>;

double rounded(double value) { return std::round(value * 1e12) / 1e12; }

bool is_measured(const SelectionCandidate& candidate) {
  return std::isfinite(candidate.mean_accuracy) && std::isfinite(candidate.mean_drop);
}

bool passes(const SelectionCandidate& candidate, double limit) {
  return !candidate.is_baseline && is_measured(candidate) && rounded(candidate.mean_drop) <= rounded(limit);
}

bool is_better(const SelectionCandidate* a, const SelectionCandidate* b) {
  return std::tuple(a->size_bytes, -rounded(a->mean_accuracy), std::string_view(a->name)) <
         std::tuple(b->size_bytes, -rounded(b->mean_accuracy), std::string_view(b->name));
}

bool is_nearer(const SelectionCandidate* a, const SelectionCandidate* b) {
  if (is_measured(*a) != is_measured(*b)) return is_measured(*a);
  if (is_measured(*a) && rounded(a->mean_drop) != rounded(b->mean_drop)) return a->mean_drop < b->mean_drop;
  return std::tuple(a->size_bytes, std::string_view(a->name)) < std::tuple(b->size_bytes, std::string_view(b->name));
}

bool is_first_by_name(const SelectionCandidate* a, const SelectionCandidate* b) { return a->name < b->name; }

// Those for which `wanted` holds, sorted.
template <typename Wanted, typename Order>
Candidates sorted(const std::vector<SelectionCandidate>& candidates, Wanted wanted, Order order) {
  Candidates found;
  for (const auto& candidate : candidates) {
    if (wanted(candidate)) found.push_back(&candidate);
  }
  std::sort(found.begin(), found.end(), order);
  return found;
}

// "drop 0.003, limit 0.01", "0.002 above it, limit 0.01"
std::string drop_in_words(const SelectionCandidate& candidate, double limit) {
  const double drop = rounded(candidate.mean_drop);
  const std::string bound = ", limit " + plain_number(limit);
  if (drop < 0) return figure_against(-drop, 0) + " above it" + bound;
  return "drop " + (drop == 0 ? "0" : figure_against(drop, limit)) + bound;
}

std::string accuracy_in_words(const SelectionCandidate& candidate) {
  std::string text = fmt::format("mean accuracy {:.3f}", candidate.mean_accuracy);
  if (!candidate.baseline_name.empty()) text += fmt::format(" against {:.3f}", candidate.baseline_accuracy);
  return text;
}

// Why a candidate that passed is not the chosen one.
std::string reason_against(const SelectionCandidate& candidate, const SelectionCandidate& chosen) {
  if (candidate.size_bytes != chosen.size_bytes) {
    return "within the limit, but " + size_against(candidate.size_bytes, chosen.size_bytes) + " " + chosen.name;
  }
  const double accuracy = rounded(candidate.mean_accuracy);
  const double best = rounded(chosen.mean_accuracy);
  if (accuracy != best) {
    const auto [ours, theirs] = figures_apart(accuracy, best);
    return fmt::format("as large as {}, but less accurate ({} against {})", chosen.name, ours, theirs);
  }
  return "as large and as accurate as " + chosen.name + ", which is the first by name";
}

std::string reason_of_failure(const SelectionCandidate& candidate, double limit) {
  if (!is_measured(candidate)) return "its mean accuracy is not a number";
  return fmt::format("its mean accuracy drops by {}, over the limit of {}",
                     figure_against(rounded(candidate.mean_drop), limit), plain_number(limit));
}

std::string describe_choice(const Candidates& passed, std::size_t variants, double limit) {
  const SelectionCandidate& chosen = *passed.front();
  std::string text = chosen.name;
  if (variants == 1) {
    text += " is the only variant, and within the limit: ";
  } else if (passed.size() == 1) {
    text += fmt::format(" is the only one of {} variants within the limit: ", variants);
  } else if (passed.size() == variants) {
    text += fmt::format(" is the smallest of {} variants, which are all within the limit: ", variants);
  } else {
    text += fmt::format(" is the smallest of {} variants within the limit (of {} in all): ", passed.size(), variants);
  }
  text += size_in_words(chosen.size_bytes);
  if (!chosen.baseline_name.empty()) {
    text += ", " + size_against(chosen.size_bytes, chosen.baseline_size_bytes) + " " + chosen.baseline_name;
  }
  text += ", " + accuracy_in_words(chosen) + " (" + drop_in_words(chosen, limit) + ")";
  if (passed.size() > 1) {
    const SelectionCandidate& next = *passed[1];
    text += fmt::format("; next: {} ({}, mean accuracy {:.3f})", next.name, size_in_words(next.size_bytes),
                        next.mean_accuracy);
  }
  return text;
}

std::string describe_failure(const Candidates& failed, double limit) {
  if (failed.empty()) return "there is no variant to choose from";
  const SelectionCandidate& nearest = *failed.front();
  if (!is_measured(nearest)) {
    return failed.size() == 1 ? "the mean accuracy of " + nearest.name + ", the only variant, is not a number"
                              : fmt::format("the mean accuracy of none of {} variants is a number", failed.size());
  }
  std::string text =
      failed.size() == 1
          ? fmt::format("{}, the only variant, is not within the limit: ", nearest.name)
          : fmt::format("none of {} variants is within the limit of {}; the nearest is {}: ", failed.size(),
                        plain_number(limit), nearest.name);
  text += size_in_words(nearest.size_bytes) + ", " + accuracy_in_words(nearest);
  return text + " (" + drop_in_words(nearest, limit) + ")";
}

}  // namespace

SelectionOutcome select(const std::vector<SelectionCandidate>& candidates, const SelectionRule& rule) {
  const double limit = rule.max_drop;
  if (!std::isfinite(limit)) throw UsageError("max_drop is not a number");
  const auto has_passed = [limit](const SelectionCandidate& candidate) { return passes(candidate, limit); };
  const auto has_failed = [limit](const SelectionCandidate& candidate) {
    return !candidate.is_baseline && !passes(candidate, limit);
  };
  const auto is_baseline = [](const SelectionCandidate& candidate) { return candidate.is_baseline; };
  const Candidates passed = sorted(candidates, has_passed, is_better);
  const Candidates failed = sorted(candidates, has_failed, is_nearer);

  SelectionOutcome outcome;
  outcome.rule = fmt::format(
      "the smallest variant whose mean accuracy is at most {} below that of its full-precision model; of equal sizes "
      "the more accurate one, then the first by name",
      plain_number(limit));
  for (const auto* candidate : passed) {
    const bool chosen = candidate == passed.front();
    outcome.ranking.push_back({candidate->name, true, chosen ? "chosen" : reason_against(*candidate, *passed.front())});
  }
  for (const auto* candidate : failed) {
    outcome.ranking.push_back({candidate->name, false, reason_of_failure(*candidate, limit)});
  }
  for (const auto* candidate : sorted(candidates, is_baseline, is_first_by_name)) {
    outcome.ranking.push_back({candidate->name, false, "full precision: what its variants are measured against"});
  }
  if (passed.empty()) {
    outcome.reason = describe_failure(failed, limit);
  } else {
    outcome.chosen = passed.front()->name;
    outcome.reason = describe_choice(passed, passed.size() + failed.size(), limit);
  }
  return outcome;
}

}  // namespace goldilocks::evaluation
