#include "core/pipeline/selection_metrics.hpp"

#include <algorithm>
#include <array>
#include <limits>

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

}  // namespace

std::span<const SelectionMetric> selection_metrics() {
  static constexpr std::array metrics = {
      SelectionMetric{"size", true, false, "bytes of the file"},
      SelectionMetric{"zip_size", true, false, "bytes of a zip archive of the file"},
      SelectionMetric{"mean_accuracy", false, true, "the mean of the classes' accuracies"},
      SelectionMetric{"mean_drop", false, false, "how much the mean accuracy is below that of the baseline"},
      SelectionMetric{"accuracy", false, true, "the share of samples that are answered right"},
      SelectionMetric{"top5_accuracy", false, true, "the share of samples whose class is among the first five answers"},
      SelectionMetric{"worst_class_accuracy", false, true, "the least accuracy of any class"},
      SelectionMetric{"worst_class_drop", false, false, "the largest drop of any class's accuracy"},
      SelectionMetric{"agreement", false, true, "the share of samples with the baseline's first answer"},
  };
  return metrics;
}

const SelectionMetric* find_selection_metric(std::string_view name) {
  const auto metrics = selection_metrics();
  const auto found =
      std::find_if(metrics.begin(), metrics.end(), [&](const SelectionMetric& metric) { return metric.name == name; });
  return found == metrics.end() ? nullptr : &*found;
}

std::span<const std::string_view> objective_names() {
  static constexpr std::array<std::string_view, 2> names = {"size", "zip_size"};
  return names;
}

Figures selection_figures(const goldilocks::Results& results, const goldilocks::Variant& variant,
                          const goldilocks::Variant* baseline) {
  Figures figures;
  figures["size"] = {.value = static_cast<double>(variant.size_bytes()), .exact = true};
  if (variant.has_cost()) {
    figures["zip_size"] = {.value = static_cast<double>(variant.cost().zip_bytes()), .exact = true};
  }
  if (!variant.has_evaluation()) return figures;
  const goldilocks::Evaluation& evaluation = variant.evaluation();
  figures["mean_accuracy"] = {.value = evaluation.mean_accuracy()};
  figures["accuracy"] = {.value = evaluation.accuracy()};
  figures["top5_accuracy"] = {.value = evaluation.top5_accuracy()};
  if (evaluation.has_mean_drop()) figures["mean_drop"] = {.value = evaluation.mean_drop()};
  if (evaluation.has_top1_agreement()) figures["agreement"] = {.value = evaluation.top1_agreement()};
  add_worst_class(results, evaluation, baseline, figures);
  return figures;
}

}  // namespace goldilocks::pipeline
