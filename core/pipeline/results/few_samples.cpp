// A figure that keeps its limit on the samples need not keep it on others: its interval says so. Whoever reads an
// outcome has to know that first, so it is the first sentence. How many samples would do is what makes the interval's
// reach, which shrinks with the root of their number, as small as the figure's distance from the limit.
#include "core/pipeline/results/few_samples.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/evaluation/figures.hpp"
#include "core/evaluation/selection_words.hpp"
#include "core/pipeline/yaml/selection_metrics.hpp"

namespace goldilocks::pipeline {
namespace {

using evaluation::figure_against;
using evaluation::grouped;
using evaluation::plain_number;

// Beyond this a number of samples is no advice.
constexpr double most_samples = 1e9;

// As a variant is selected.
bool keeps(const evaluation::Limit& limit, double figure) {
  const double value = evaluation::rounded(figure);
  return limit.at_most ? value <= evaluation::rounded(*limit.at_most)
                       : value >= evaluation::rounded(limit.at_least.value_or(0));
}

const goldilocks::Variant* variant_called(const goldilocks::Results& results, const std::string& name) {
  const auto found = std::ranges::find(results.variants(), name, &goldilocks::Variant::name);
  return found == results.variants().end() ? nullptr : &*found;
}

double confidence_in(const goldilocks::Evaluation& evaluation) {
  for (const goldilocks::Figure& figure : evaluation.figures()) {
    if (figure.has_interval()) return figure.interval().confidence();
  }
  return evaluation.comparison().drop().confidence();
}

// Two digits that count, rounded up: 9,634 is 9,700.
std::uint64_t rounded_up(double number) {
  double unit = 1;
  while (number / unit >= 100) unit *= 10;
  return static_cast<std::uint64_t>(std::ceil(number / unit) * unit);
}

// 0: can't be said.
double samples_needed(const goldilocks::Evaluation& evaluation, const evaluation::Limit& limit, double value,
                      double end) {
  if (limit.metric == "mean_drop") return static_cast<double>(evaluation.comparison().samples_needed());
  const double distance = limit.at_most.value_or(limit.at_least.value_or(0)) - value;
  const double times = (end - value) / distance;
  return std::isfinite(times) ? static_cast<double>(evaluation.samples()) * times * times : 0;
}

}  // namespace

std::string few_samples_in_words(const goldilocks::Results& results, const std::string& variant,
                                 const evaluation::SelectionRule& rule) {
  const goldilocks::Variant* const judged = variant_called(results, variant);
  if (judged == nullptr || !judged->has_evaluation()) return "";
  const goldilocks::Evaluation& evaluation = judged->evaluation();
  const auto figures = selection_figures(results, *judged, variant_called(results, evaluation.baseline()));
  std::string text;
  double most = -1;
  for (const evaluation::Limit& limit : rule.limits) {
    const auto found = figures.find(limit.metric);
    if (found == figures.end()) continue;
    const auto& [value, exact, interval] = found->second;
    if (!keeps(limit, value)) return "";
    if (limit.metric == "time" || !interval) continue;
    const double end = limit.at_most ? interval->second : interval->first;
    if (keeps(limit, end) || std::isnan(end)) continue;
    const double needed = samples_needed(evaluation, limit, value, end);
    if (text.empty() || needed > most) {
      const double bound = limit.at_most.value_or(limit.at_least.value_or(0));
      text = fmt::format(
          "{} samples are too few to show a {} of at {} {}: that of {} is from {} to {} ({} % confidence)",
          grouped(evaluation.samples()), limit.metric, limit.at_most ? "most" : "least", plain_number(bound), variant,
          figure_against(interval->first, bound), figure_against(interval->second, bound),
          plain_number(std::round(confidence_in(evaluation) * 1e4) / 100));
      if (needed > 0 && needed < most_samples) text += fmt::format(", some {} would do", grouped(rounded_up(needed)));
      most = needed;
    }
  }
  return text;
}

void state_few_samples(goldilocks::Results& results, const evaluation::SelectionRule& rule) {
  goldilocks::Selection& selection = *results.mutable_selection();
  const std::string& judged = selection.chosen().empty() ? selection.nearest() : selection.chosen();
  const std::string sentence = few_samples_in_words(results, judged, rule);
  if (!sentence.empty()) selection.set_reason(sentence + ". " + selection.reason());
}

}  // namespace goldilocks::pipeline
