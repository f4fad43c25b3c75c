#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/evaluation/bootstrap.hpp"
#include "core/evaluation/interval.hpp"

namespace goldilocks::evaluation {

// In the place of an answer: none of the sample's scores is a number, or the highest one is infinite.
inline constexpr std::uint32_t no_answer = std::numeric_limits<std::uint32_t>::max();

struct DetectionAnswers;  // detection.hpp

// What one model answered for the samples of a dataset, and what there is to hold it against; what is absent is empty.
// Views: the owner lives longer. One output of the model: of a classifier its scores, otherwise the one that is
// compared.
//
// Answers are labels. A label goes by the index of the first score of its name; where a model has one label several
// times, the label's score is the largest of its scores.
struct Answers {
  std::size_t samples = 0;
  std::size_t width = 0;                       // values per sample
  std::span<const float> values;               // [samples, width]
  std::span<const float> baseline;             // the same of the baseline, where it has the same shape
  std::span<const float> targets;              // the same as it should be
  std::span<const std::uint32_t> truth;        // [samples]: index of the class among the dataset's
  std::span<const std::uint32_t> model_class;  // for each class of the dataset, the model's label
  std::span<const std::uint32_t> label_of;     // for each score its label; empty: all labels differ
  bool scores = false;                         // the values are scores of classes
  bool image = false;                          // the values are an image of [channels, height, columns]
  std::size_t channels = 0, height = 0, columns = 0;
  double range = 255;  // of an image's values: that of white

  // Samples that are positions of sequences, of which some may count nowhere (sequences.hpp); empty otherwise.
  std::span<const std::uint32_t> rows;      // for each sample where its values stand, in rows
  std::span<const std::uint32_t> group_of;  // for each sample its sequence
  std::size_t groups = 0;

  const DetectionAnswers* detections = nullptr;  // of a detector, in the place of values

  std::span<const float> row(std::size_t sample) const { return values.subspan(place(sample) * width, width); }
  std::span<const float> baseline_row(std::size_t sample) const {
    return baseline.subspan(place(sample) * width, width);
  }
  std::span<const float> target_row(std::size_t sample) const { return targets.subspan(place(sample) * width, width); }
  std::size_t place(std::size_t sample) const { return rows.empty() ? sample : rows[sample]; }

  // Filled by find_answers(): the first answers, which many metrics are about; labels, or no_answer.
  std::vector<std::uint32_t> answers, baseline_answers;
};

// Fills the first answers. Throws std::invalid_argument if sizes don't fit each other or an index is out of range.
void find_answers(Answers& answers);

// Whether the first answer is the sample's class. Precondition: labels.
bool is_right(const Answers& answers, std::size_t sample);

// The same of the baseline. Precondition: labels_before.
bool was_right(const Answers& answers, std::size_t sample);

// Whether a label is among the sample's `k` first answers.
bool is_among(const Answers& answers, std::size_t sample, std::uint32_t label, std::size_t k);

// The index of a label's score, the largest of its scores, in a row.
std::size_t score_index(const Answers& answers, std::span<const float> row, std::uint32_t label);

// How many labels there are to answer, each counted once.
std::size_t count_labels(const Answers& answers);

// How many samples have no finite answer: no label, or, of an output that is no scores, a value that is not finite.
std::size_t count_unanswered(const Answers& answers);

// What a metric is computed from, beside the model's own answers.
enum class Needs {
  labels,         // scores, and the samples' labels
  classes,        // the same, where each sample is of one of the dataset's classes, and no position of a sequence
  positions,      // the same, where samples are positions of sequences
  labels_before,  // labels, and the baseline's scores
  classes_before,
  positions_before,
  scores_before,   // scores, and the baseline's
  values_before,   // values, and the baseline's
  image_before,    // an image, and the baseline's
  targets,         // values, and what they should be
  targets_before,  // the same, and the baseline's values
  truth_before,    // what labels_before or targets_before says
  true_boxes,      // a detector's boxes, and those that are there
  true_boxes_before,
  boxes_before,  // a detector's boxes, and the baseline's
};
bool has(const Answers& answers, Needs needs);
// "labelled samples", for messages.
std::string to_text(Needs needs);

// A metric's outcome. At most one of `interval` and `statistic` is there: the interval by a formula, or the figure of a
// resample, for the bootstrap. Neither for what is no estimate, such as a maximum.
struct Measured {
  double value = 0;
  std::optional<Interval> interval;
  Statistic statistic;  // keeps what it needs; the answers may go
};

// Of a metric that is computed only where it is named.
inline constexpr std::size_t only_if_named = std::numeric_limits<std::size_t>::max();

// A metric: one small file in metrics/, which docs/metrics.md explains.
struct Metric {
  std::string name;
  std::string_view summary;  // one line
  Needs needs = Needs::labels;
  bool larger_is_better = true;
  std::function<Measured(const Answers& answers, double confidence)> measure;  // any thread
  std::size_t usual_from = 0;  // the number of samples from which on it is computed without being named

  bool against_baseline() const;
};

// Every metric with a fixed name, in the order of the documentation; beside these there are `topK_accuracy` and
// `topK_agreement` for K from 1 to 1000. "confusion" is no metric, as it is no figure, but may be named among them.
const std::vector<Metric>& metrics();

// The K of `topK_accuracy` and `topK_agreement`; 0 for all other names.
std::size_t top_of(std::string_view metric);

// Nothing if there is none of this name.
std::optional<Metric> find_metric(std::string_view name);

inline constexpr std::string_view confusion_name = "confusion";

// What can be named: the metrics and "confusion".
std::vector<std::string> metric_names();

}  // namespace goldilocks::evaluation
