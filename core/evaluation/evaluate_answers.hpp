#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/evaluation/metric.hpp"
#include "core/evaluation/paired.hpp"

namespace goldilocks::evaluation {

// What `evaluate` asks for.
struct FigureSettings {
  std::vector<std::string> metrics;  // names of metrics, and "confusion"; empty, without `added`: all that data allow
  std::vector<std::string> also{};   // names; computed beside those, where none is named
  std::vector<Metric> added{};       // the caller's own, whatever they need; after the others
  double confidence = 0.95;
  BootstrapSettings bootstrap{};
};

struct FigureValue {
  std::string metric;
  double value = 0;
  std::optional<Interval> interval;
  bool against_baseline = false;
  bool larger_is_better = true;
};

// Every metric that was asked for and whose data are there, in the order of the settings; with its interval. Resamples
// keep the sizes of the classes. The same on any number of threads.
std::vector<FigureValue> compute_figures(const Answers& answers, const FigureSettings& settings, ThreadPool& pool);

// So many samples of one class were taken for another, or for `column` = the number of classes: for a label that is no
// class of the dataset, or for none.
struct ConfusionCell {
  std::uint32_t of_class = 0;
  std::uint32_t column = 0;
  std::uint64_t count = 0;
  bool operator==(const ConfusionCell&) const = default;
};

// What the samples of each class were taken for: the cells of the confusion matrix that are not 0, row by row. There
// are at most as many as samples, however many classes there are. Precondition: labels.
std::vector<ConfusionCell> confusion_cells(const Answers& answers);

// For each class, by its index, how the right answers of two models go together. Precondition: labels, and the same
// samples.
std::vector<PairedCounts> paired_counts(const Answers& before, const Answers& after);

}  // namespace goldilocks::evaluation
