#include "core/pipeline/yaml/selection_metrics.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/evaluation/metric.hpp"

namespace goldilocks::pipeline {
namespace {

using Figures = std::map<std::string, evaluation::Estimate, std::less<>>;

const goldilocks::Dataset* dataset_of(const goldilocks::Results& results, const std::string& name) {
  const auto found = std::find_if(results.datasets().begin(), results.datasets().end(),
                                  [&](const goldilocks::Dataset& dataset) { return dataset.name() == name; });
  return found == results.datasets().end() ? nullptr : &*found;
}

// Of classes that have samples.
void add_worst_class(const goldilocks::Results& results, const goldilocks::Evaluation& evaluation,
                     const goldilocks::Variant* baseline, Figures& figures) {
  const goldilocks::Dataset* dataset = dataset_of(results, evaluation.dataset());
  if (dataset == nullptr || evaluation.class_accuracy_size() != dataset->class_samples_size()) return;
  const auto* before = baseline == nullptr || !baseline->has_evaluation() ? nullptr : &baseline->evaluation();
  if (before != nullptr && before->class_accuracy_size() != evaluation.class_accuracy_size()) before = nullptr;
  double worst = std::numeric_limits<double>::infinity();
  double drop = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < evaluation.class_accuracy_size(); ++i) {
    if (dataset->class_samples(i) == 0) continue;
    worst = std::min(worst, evaluation.class_accuracy(i));
    if (before != nullptr) drop = std::max(drop, before->class_accuracy(i) - evaluation.class_accuracy(i));
  }
  if (worst == std::numeric_limits<double>::infinity()) return;
  figures["worst_class_accuracy"] = {.value = worst};
  if (before != nullptr) figures["worst_class_drop"] = {.value = drop};
}

std::pair<double, double> ends_of(const goldilocks::Interval& interval) { return {interval.lower(), interval.upper()}; }

// A figure without an interval is no estimate, such as a maximum.
void add_figure(const goldilocks::Figure& figure, Figures& figures) {
  evaluation::Estimate& estimate = figures[figure.metric()];
  estimate.value = figure.value();
  estimate.exact = !figure.has_interval();
  if (figure.has_interval()) estimate.interval = ends_of(figure.interval());
}

}  // namespace

const std::vector<SelectionMetric>& selection_metrics() {
  static const std::vector<SelectionMetric> metrics = [] {
    std::vector<SelectionMetric> all = {
        {"size", true, false},       {"zip_size", true, false},  {"time", false, false},
        {"mean_drop", false, false}, {"agreement", false, true},
    };
    for (const evaluation::Metric& metric : evaluation::metrics()) {
      all.push_back({metric.name, false, metric.larger_is_better});
    }
    return all;
  }();
  return metrics;
}

std::optional<SelectionMetric> find_selection_metric(std::string_view name) {
  for (const SelectionMetric& metric : selection_metrics()) {
    if (metric.name == name) return metric;
  }
  const auto metric = evaluation::find_metric(name);  // topK_accuracy and the like
  if (!metric) return std::nullopt;
  return SelectionMetric{metric->name, false, metric->larger_is_better};
}

std::span<const std::string_view> objective_names() {
  static constexpr std::array<std::string_view, 3> names = {"size", "zip_size", "time"};
  return names;
}

Figures selection_figures(const goldilocks::Results& results, const goldilocks::Variant& variant,
                          const goldilocks::Variant* baseline) {
  Figures figures;
  figures["size"] = {.value = static_cast<double>(variant.size_bytes()), .exact = true};
  if (variant.has_cost()) {
    figures["zip_size"] = {.value = static_cast<double>(variant.cost().zip_bytes()), .exact = true};
  }
  if (variant.cost().has_speed()) {
    const goldilocks::SpeedFigure& speed = variant.cost().speed();
    evaluation::Estimate& time = figures["time"];
    time.value = speed.seconds_per_sample();
    if (speed.has_interval()) time.interval = ends_of(speed.interval());
  }
  if (!variant.has_evaluation()) return figures;
  const goldilocks::Evaluation& evaluation = variant.evaluation();
  if (evaluation.has_mean_accuracy()) figures["mean_accuracy"] = {.value = evaluation.mean_accuracy()};
  if (evaluation.has_accuracy()) figures["accuracy"] = {.value = evaluation.accuracy()};
  if (evaluation.has_top5_accuracy()) figures["top5_accuracy"] = {.value = evaluation.top5_accuracy()};
  if (evaluation.has_mean_drop()) figures["mean_drop"] = {.value = evaluation.mean_drop()};
  if (evaluation.has_top1_agreement()) figures["agreement"] = {.value = evaluation.top1_agreement()};
  add_worst_class(results, evaluation, baseline, figures);
  for (const goldilocks::Figure& figure : evaluation.figures()) add_figure(figure, figures);
  const auto agreement = figures.find("top1_agreement");
  if (agreement != figures.end()) figures["agreement"] = agreement->second;
  if (evaluation.has_comparison() && evaluation.comparison().has_drop()) {
    figures["mean_drop"].interval = ends_of(evaluation.comparison().drop());
  }
  return figures;
}

}  // namespace goldilocks::pipeline
