// Two metrics have phrases of their own, as people say them: a drop of the mean accuracy, and sizes. All others go by
// their names.
#include "core/evaluation/selection_words.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/evaluation/figures.hpp"

namespace goldilocks::evaluation {
namespace {

constexpr std::string_view drop = "mean_drop";

bool is_size(std::string_view metric) { return metric == "size" || metric == "zip_size"; }

// "worst class drop", "zip size"
std::string named(std::string metric) {
  std::replace(metric.begin(), metric.end(), '_', ' ');
  return metric;
}

std::string size_text(double bytes) { return size_in_words(static_cast<std::uint64_t>(std::llround(bytes))); }

std::string time_text(double seconds) {
  return std::abs(seconds) < 1 ? fmt::format("{:.3g} ms", 1000 * seconds) : fmt::format("{:.3g} s", seconds);
}

// With as many decimals as it takes to see on which side of the limit it is.
std::string value_text(const std::string& metric, double value, double limit) {
  if (metric == "time") return time_text(value);
  if (!is_size(metric)) return figure_against(rounded(value), limit);
  if (value != limit && size_text(value) == size_text(limit)) return fmt::format("{:.0f} bytes", value);
  return size_text(value);
}

std::string limit_text(const std::string& metric, double limit, double value) {
  if (metric == "time") return time_text(limit);
  if (!is_size(metric)) return plain_number(limit);
  if (value != limit && size_text(value) == size_text(limit)) return fmt::format("{:.0f} bytes", limit);
  return size_text(limit);
}

double number_of(const Limit& limit) { return limit.at_most ? *limit.at_most : limit.at_least.value_or(0); }

std::string confidence_text(double confidence) {
  return fmt::format("{} % confidence", plain_number(rounded(100 * confidence)));
}

std::string limit_clause(const Limit& limit) {
  if (limit.metric == drop && limit.at_most) {
    return fmt::format("whose mean accuracy is at most {} below that of its full-precision model",
                       plain_number(*limit.at_most));
  }
  return fmt::format("whose {} is at {} {}", named(limit.metric), limit.at_most ? "most" : "least",
                     limit_text(limit.metric, number_of(limit), number_of(limit)));
}

std::string superlative(const std::string& objective) {
  if (objective == "size") return "smallest variant";
  if (objective == "time") return "fastest variant";
  return "variant with the least " + named(objective);
}

// "drop 0.003, limit 0.01", "0.002 above it, limit 0.01", "agreement 0.985, at least 0.98"
std::string outcome_text(const Limit& limit, const LimitOutcome& outcome, double confidence) {
  const double wanted = number_of(limit);
  const double value = rounded(outcome.value);
  const bool by_interval = confidence != 0 && outcome.bound != outcome.value;
  std::string text;
  if (limit.metric != drop) {
    text = named(limit.metric) + " " + value_text(limit.metric, value, wanted);
  } else if (value < 0) {
    text = figure_against(-value, 0) + " above it";
  } else {
    text = "drop " + (value == 0 ? "0" : figure_against(value, wanted));
  }
  if (by_interval) {
    text += std::isnan(outcome.bound)
                ? ", without an interval"
                : fmt::format(", with {} at {} {}", confidence_text(confidence), limit.at_most ? "most" : "least",
                              value_text(limit.metric, outcome.bound, wanted));
  }
  const std::string bound = limit_text(limit.metric, wanted, value);
  if (limit.metric == drop) return text + ", limit " + bound;
  return text + (limit.at_most ? ", limit " : ", at least ") + bound;
}

std::string outcomes_text(const SelectionRule& rule, const std::vector<LimitOutcome>& outcomes) {
  std::string text;
  for (std::size_t i = 0; i < rule.limits.size(); ++i) {
    text += (i == 0 ? "" : "; ") + outcome_text(rule.limits[i], outcomes[i], rule.confidence);
  }
  return text;
}

std::string miss_text(const Limit& limit, const LimitOutcome& outcome, double confidence) {
  const bool of_drop = limit.metric == drop && limit.at_most.has_value();
  const std::string what = of_drop ? "mean accuracy" : named(limit.metric);
  if (std::isnan(outcome.value)) return "its " + what + " is not a number";
  if (std::isnan(outcome.bound)) return "its " + named(limit.metric) + " has no interval";
  const double wanted = number_of(limit);
  const std::string shown = value_text(limit.metric, outcome.bound, wanted);
  const std::string side = fmt::format("{} the limit of {}", limit.at_most ? "over" : "below",
                                       limit_text(limit.metric, wanted, outcome.bound));
  const bool value_misses =
      limit.at_most ? rounded(outcome.value) > rounded(wanted) : rounded(outcome.value) < rounded(wanted);
  if (confidence == 0 || value_misses) {
    const std::string value = value_text(limit.metric, outcome.value, wanted);
    return of_drop ? fmt::format("its mean accuracy drops by {}, {}", value, side)
                   : fmt::format("its {} is {}, {}", what, value, side);
  }
  return fmt::format("its {} may {} {}, {} at {} ({} on these samples)", what, of_drop ? "drop by" : "be", shown, side,
                     confidence_text(confidence), value_text(limit.metric, outcome.value, wanted));
}

std::string accuracy_text(const SelectionCandidate& candidate) {
  const double accuracy = candidate.figure("mean_accuracy");
  if (std::isnan(accuracy)) return "";
  std::string text = fmt::format(", mean accuracy {:.3f}", accuracy);
  const auto baseline = candidate.baseline_figures.find("mean_accuracy");
  if (baseline != candidate.baseline_figures.end()) text += fmt::format(" against {:.3f}", baseline->second.value);
  return text;
}

std::string objective_text(const std::string& objective, double value) {
  if (objective == "size") return size_text(value);
  if (objective == "zip_size") return size_text(value) + " as a zip archive";
  if (objective == "time") return time_text(value) + " per sample";
  return fmt::format("{} {:.3f}", named(objective), value);
}

// "70 % less than food", "4000 bytes more than food"
std::string objective_against(const std::string& objective, double value, double other, const std::string& name) {
  if (is_size(objective)) {
    return size_against(static_cast<std::uint64_t>(std::llround(value)),
                        static_cast<std::uint64_t>(std::llround(other))) +
           " " + name;
  }
  const double percent = 100 * std::abs(value - other) / std::abs(other);
  return fmt::format("{:.1f} % {} than {}", percent, value < other ? "less" : "more", name);
}

// "1.12 MB, 70 % less than food"
std::string cost_text(const SelectionRule& rule, const SelectionCandidate& candidate) {
  const double value = candidate.figure(rule.objective);
  std::string text = objective_text(rule.objective, value);
  const auto baseline = candidate.baseline_figures.find(rule.objective);
  if (candidate.baseline_name.empty() || baseline == candidate.baseline_figures.end()) return text;
  return text + ", " + objective_against(rule.objective, value, baseline->second.value, candidate.baseline_name);
}

std::string limits_word(const SelectionRule& rule) { return rule.limits.size() > 1 ? "limits" : "limit"; }

}  // namespace

double rounded(double value) { return std::round(value * 1e12) / 1e12; }

std::string rule_in_words(const SelectionRule& rule) {
  std::string text = "the " + superlative(rule.objective);
  for (std::size_t i = 0; i < rule.limits.size(); ++i) {
    const bool last = i + 1 == rule.limits.size();
    text += (i == 0 ? " " : last ? " and " : ", ") + limit_clause(rule.limits[i]);
  }
  if (rule.confidence != 0) {
    text += fmt::format("{} by the end of its interval at {}", rule.limits.size() > 1 ? ", each" : ",",
                        confidence_text(rule.confidence));
  }
  return text + fmt::format("; of equal {} the more accurate one, then the first by name",
                            rule.objective == "size" ? "sizes" : "ones");
}

std::string misses_in_words(const SelectionRule& rule, const std::vector<LimitOutcome>& outcomes) {
  std::string text;
  for (std::size_t i = 0; i < rule.limits.size(); ++i) {
    if (outcomes[i].passed) continue;
    text += (text.empty() ? "" : "; ") + miss_text(rule.limits[i], outcomes[i], rule.confidence);
  }
  return text.empty() ? "its " + named(rule.objective) + " is not known" : text;
}

std::string reason_against(const SelectionRule& rule, const SelectionCandidate& candidate,
                           const SelectionCandidate& chosen) {
  const double ours = candidate.figure(rule.objective);
  const double best = chosen.figure(rule.objective);
  if (ours != best) {
    return fmt::format("within the {}, but {}{}", limits_word(rule),
                       rule.objective == "size" ? "" : named(rule.objective) + " ",
                       objective_against(rule.objective, ours, best, chosen.name));
  }
  const std::string equal = rule.objective == "size" ? "as large" : "as good by " + named(rule.objective);
  const double accuracy = rounded(candidate.figure("mean_accuracy"));
  const double other = rounded(chosen.figure("mean_accuracy"));
  if (accuracy < other) {
    const auto [less, more] = figures_apart(accuracy, other);
    return fmt::format("{} as {}, but less accurate ({} against {})", equal, chosen.name, less, more);
  }
  if (std::isnan(other)) return fmt::format("{} as {}, which is the first by name", equal, chosen.name);
  return fmt::format("{} and as accurate as {}, which is the first by name", equal, chosen.name);
}

std::string runner_up_in_words(const SelectionRule& rule, const SelectionCandidate& runner_up,
                               const SelectionCandidate& chosen) {
  const double ours = runner_up.figure(rule.objective);
  const double best = chosen.figure(rule.objective);
  std::string text = fmt::format(
      "{} would cost {} ({} against {})", runner_up.name,
      ours == best ? "as much as " + chosen.name : objective_against(rule.objective, ours, best, chosen.name),
      objective_text(rule.objective, ours), objective_text(rule.objective, best));
  const double accuracy = runner_up.figure("mean_accuracy");
  const double other = chosen.figure("mean_accuracy");
  if (std::isnan(accuracy) || std::isnan(other)) return text;
  if (rounded(accuracy) == rounded(other)) return text + fmt::format(", at the same mean accuracy of {:.3f}", other);
  const auto [left, right] = figures_apart(rounded(accuracy), rounded(other));
  return text + fmt::format(", at a mean accuracy of {} against {}", left, right);
}

std::string choice_in_words(const SelectionRule& rule, const std::vector<Judged>& passed, std::size_t variants) {
  const SelectionCandidate& chosen = *passed.front().candidate;
  const std::string within = "within the " + limits_word(rule);
  const std::string best = rule.objective == "size"   ? "smallest"
                           : rule.objective == "time" ? "fastest"
                                                      : "best by " + named(rule.objective);
  std::string text = chosen.name;
  if (variants == 1) {
    text += fmt::format(" is the only variant, and {}: ", within);
  } else if (passed.size() == 1) {
    text += fmt::format(" is the only one of {} variants {}: ", variants, within);
  } else if (passed.size() == variants) {
    text += fmt::format(" is the {} of {} variants, which are all {}: ", best, variants, within);
  } else {
    text += fmt::format(" is the {} of {} variants {} (of {} in all): ", best, passed.size(), within, variants);
  }
  text += cost_text(rule, chosen) + accuracy_text(chosen);
  const std::string outcomes = outcomes_text(rule, passed.front().outcomes);
  if (!outcomes.empty()) text += " (" + outcomes + ")";
  if (passed.size() > 1) {
    const SelectionCandidate& next = *passed[1].candidate;
    text += fmt::format("; next: {} ({}", next.name, objective_text(rule.objective, next.figure(rule.objective)));
    const double accuracy = next.figure("mean_accuracy");
    text += std::isnan(accuracy) ? ")" : fmt::format(", mean accuracy {:.3f})", accuracy);
  }
  return text;
}

std::string failure_in_words(const SelectionRule& rule, const std::vector<Judged>& failed) {
  if (failed.empty()) return "there is no variant to choose from";
  const Judged& nearest = failed.front();
  const std::string& name = nearest.candidate->name;
  if (const std::string& unfit = nearest.candidate->unfit; !unfit.empty()) {
    if (failed.size() == 1) return fmt::format("{}, the only variant, can't be chosen: {}", name, unfit);
    return fmt::format("none of {} variants can be chosen; {}: {}", failed.size(), name, unfit);
  }
  for (std::size_t i = 0; i < rule.limits.size(); ++i) {
    if (!std::isnan(nearest.outcomes[i].value)) continue;
    const std::string what = rule.limits[i].metric == drop ? "mean accuracy" : named(rule.limits[i].metric);
    if (failed.size() == 1) return fmt::format("the {} of {}, the only variant, is not a number", what, name);
    const bool all = std::all_of(failed.begin(), failed.end(),
                                 [i](const Judged& judged) { return std::isnan(judged.outcomes[i].value); });
    return all ? fmt::format("the {} of none of {} variants is a number", what, failed.size())
               : fmt::format("none of {} variants has all the figures that the limits are for", failed.size());
  }
  std::string text;
  if (failed.size() == 1) {
    text = fmt::format("{}, the only variant, is not within the {}: ", name, limits_word(rule));
  } else {
    const std::string limit =
        rule.limits.size() == 1
            ? "limit of " + limit_text(rule.limits[0].metric, number_of(rule.limits[0]), nearest.outcomes[0].value)
            : "limits";
    text = fmt::format("none of {} variants is within the {}; the nearest is {}: ", failed.size(), limit, name);
  }
  text += objective_text(rule.objective, nearest.candidate->figure(rule.objective)) + accuracy_text(*nearest.candidate);
  return text + " (" + outcomes_text(rule, nearest.outcomes) + ")";
}

std::string proof_in_words(const SelectionRule& rule, const RankedCandidate& chosen, std::size_t samples,
                           const std::string& dataset) {
  const std::string where = fmt::format("on {} samples of {}, which took no part in the choice", samples, dataset);
  if (chosen.passed) {
    return fmt::format("{}, {} keeps the {} ({})", where, chosen.name, limits_word(rule),
                       outcomes_text(rule, chosen.outcomes));
  }
  const bool keeps_all = std::ranges::all_of(chosen.outcomes, &LimitOutcome::passed);
  return fmt::format("{}, {} {}: {}", where, chosen.name,
                     keeps_all ? "can't be stated" : "doesn't keep the " + limits_word(rule), chosen.reason);
}

}  // namespace goldilocks::evaluation
