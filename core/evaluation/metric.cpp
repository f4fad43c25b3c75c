#include "core/evaluation/metric.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <stdexcept>

#include "core/evaluation/detection.hpp"
#include "core/evaluation/metrics.hpp"
#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

constexpr std::size_t most_answers = 1000;

// The number between "top" and `ending`; 0 if the name is none of this kind.
std::size_t number_of(std::string_view name, std::string_view ending) {
  constexpr std::string_view beginning = "top";
  if (!name.starts_with(beginning) || !name.ends_with(ending)) return 0;
  if (name.size() <= beginning.size() + ending.size()) return 0;
  const std::string_view digits = name.substr(beginning.size(), name.size() - beginning.size() - ending.size());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size() && digits.front() != '0';
  return whole && number <= most_answers ? number : 0;
}

void check(bool fits, const char* problem) {
  if (!fits) throw std::invalid_argument(problem);
}

// The labels of the highest scores.
std::vector<std::uint32_t> first_answers(std::span<const float> values, const Answers& answers) {
  std::vector<std::uint32_t> labels(answers.samples);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span<const float> row = values.subspan(answers.place(i) * answers.width, answers.width);
    const std::uint32_t best = labels[i] = top1({row, answers.width}).front();
    if (!std::isfinite(row[best])) {
      labels[i] = no_answer;
    } else if (!answers.label_of.empty()) {
      labels[i] = answers.label_of[best];
    }
  }
  return labels;
}

bool all_below(std::span<const std::uint32_t> indexes, std::size_t limit) {
  return std::all_of(indexes.begin(), indexes.end(), [&](std::uint32_t index) { return index < limit; });
}

}  // namespace

void find_answers(Answers& answers) {
  check(answers.rows.size() == answers.group_of.size(), "each position is of a sequence");
  check(answers.rows.empty() || answers.rows.size() == answers.samples, "as many positions as samples are needed");
  const bool in_order = answers.group_of.empty() && answers.groups == 0;
  const std::size_t size = in_order ? answers.samples * answers.width : answers.values.size();
  check(in_order || all_below(answers.rows, answers.width == 0 ? 0 : size / answers.width),
        "a position is out of range");
  check(answers.values.size() == size, "as many values as samples of this width are needed");
  check(answers.baseline.empty() || answers.baseline.size() == size, "the baseline's answers have another shape");
  check(answers.targets.empty() || answers.targets.size() == size, "the targets have another shape");
  check(answers.model_class.empty() || answers.truth.size() == answers.samples, "as many labels as samples are needed");
  check(!answers.scores || all_below(answers.model_class, answers.width), "a class index is out of range");
  check(answers.label_of.empty() ||
            (answers.label_of.size() == answers.width && all_below(answers.label_of, answers.width)),
        "as many labels as scores are needed");
  check(answers.model_class.empty() || all_below(answers.truth, answers.model_class.size()), "a label is out of range");
  check(!answers.image || answers.channels * answers.height * answers.columns == answers.width,
        "an image's sides don't multiply to its size");
  if (!answers.scores || answers.width == 0) return;
  answers.answers = first_answers(answers.values, answers);
  if (!answers.baseline.empty()) answers.baseline_answers = first_answers(answers.baseline, answers);
}

bool Metric::against_baseline() const {
  return needs != Needs::labels && needs != Needs::classes && needs != Needs::positions && needs != Needs::targets &&
         needs != Needs::true_boxes;
}

bool is_right(const Answers& answers, std::size_t sample) {
  return answers.answers[sample] == answers.model_class[answers.truth[sample]];
}

bool was_right(const Answers& answers, std::size_t sample) {
  return answers.baseline_answers[sample] == answers.model_class[answers.truth[sample]];
}

std::size_t score_index(const Answers& answers, std::span<const float> row, std::uint32_t label) {
  std::size_t best = label;
  for (std::size_t i = 0; i < answers.label_of.size(); ++i) {
    if (answers.label_of[i] == label && comes_before(row, i, best)) best = i;
  }
  return best;
}

bool is_among(const Answers& answers, std::size_t sample, std::uint32_t label, std::size_t k) {
  if (answers.answers[sample] == no_answer || label == no_answer) return false;
  const std::span<const float> row = answers.row(sample);
  const std::size_t index = score_index(answers, row, label);
  if (std::isnan(row[index])) return false;
  if (answers.label_of.empty()) return rank_of(row, index) < k;
  std::set<std::uint32_t> labels;  // whose scores come before
  for (std::size_t i = 0; i < row.size() && labels.size() < k; ++i) {
    if (comes_before(row, i, index)) labels.insert(answers.label_of[i]);
  }
  return labels.size() < k;
}

std::size_t count_labels(const Answers& answers) {
  if (answers.label_of.empty()) return answers.width;
  return std::set<std::uint32_t>(answers.label_of.begin(), answers.label_of.end()).size();
}

std::size_t count_unanswered(const Answers& answers) {
  if (answers.groups > 0) {
    std::set<std::uint32_t> sequences;
    for (std::size_t i = 0; i < answers.samples; ++i) {
      if (answers.answers[i] == no_answer) sequences.insert(answers.group_of[i]);
    }
    return sequences.size();
  }
  if (answers.scores) return static_cast<std::size_t>(std::ranges::count(answers.answers, no_answer));
  std::size_t count = 0;
  for (std::size_t i = 0; i < answers.samples; ++i) {
    if (!std::ranges::all_of(answers.row(i), [](float value) { return std::isfinite(value); })) ++count;
  }
  return count;
}

namespace {

bool has_boxes(const DetectionAnswers& boxes, Needs needs) {
  switch (needs) {
    case Needs::true_boxes:
      return !boxes.truth.empty();
    case Needs::true_boxes_before:
      return !boxes.truth.empty() && !boxes.baseline.empty();
    case Needs::boxes_before:
      return !boxes.baseline.empty();
    default:
      return false;
  }
}

}  // namespace

bool has(const Answers& answers, Needs needs) {
  if (answers.detections != nullptr) return answers.samples > 0 && has_boxes(*answers.detections, needs);
  if (answers.samples == 0 || answers.width == 0) return false;
  switch (needs) {
    case Needs::labels:
      return answers.scores && !answers.model_class.empty();
    case Needs::classes:
      return has(answers, Needs::labels) && answers.groups == 0;
    case Needs::positions:
      return has(answers, Needs::labels) && answers.groups > 0;
    case Needs::labels_before:
      return has(answers, Needs::labels) && has(answers, Needs::scores_before);
    case Needs::classes_before:
      return has(answers, Needs::classes) && has(answers, Needs::scores_before);
    case Needs::positions_before:
      return has(answers, Needs::positions) && has(answers, Needs::scores_before);
    case Needs::scores_before:
      return answers.scores && !answers.baseline.empty();
    case Needs::values_before:
      return !answers.baseline.empty();
    case Needs::image_before:
      return answers.image && !answers.baseline.empty();
    case Needs::targets:
      return !answers.targets.empty();
    case Needs::true_boxes:
    case Needs::true_boxes_before:
    case Needs::boxes_before:
      return false;
    case Needs::truth_before:
      return has(answers, Needs::labels_before) || has(answers, Needs::targets_before);
    default:
      return has(answers, Needs::targets) && has(answers, Needs::values_before);
  }
}

std::string to_text(Needs needs) {
  switch (needs) {
    case Needs::labels:
    case Needs::labels_before:
    case Needs::classes:
    case Needs::classes_before:
      return "a classifier and labelled samples";
    case Needs::true_boxes:
    case Needs::true_boxes_before:
      return "a detector and labelled boxes";
    case Needs::boxes_before:
      return "a detector";
    case Needs::positions:
    case Needs::positions_before:
      return "scores at each position of sequences";
    case Needs::scores_before:
      return "a classifier";
    case Needs::values_before:
      return "an output of numbers";
    case Needs::image_before:
      return "a model that makes images";
    case Needs::truth_before:
      return "labelled samples or samples with targets";
    default:
      return "samples with targets";
  }
}

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> all = {
      mean_accuracy(),
      accuracy(),
      top_accuracy(5),
      worst_class_accuracy(),
      macro_f1(),
      nll(),
      ece(),
      perplexity(),
      top_agreement(1),
      top_agreement(5),
      worst_class_drop(),
      flips_to_wrong(),
      flips_to_right(),
      qoi(),
      perplexity_ratio(),
      kl(),
      kl_percentile("50"),
      kl_percentile("99"),
      kl_percentile("99.9"),
      cosine(),
      retrieval_agreement(),
      snr(),
      psnr(),
      max_difference(),
      mean_difference(),
      ssim(),
      mse(),
      mae(),
      mse_rise(),
      mae_rise(),
      average_precision(false),
      average_precision(true),
      average_precision_drop(false),
      average_precision_drop(true),
      boxes_matched(),
      score_difference(),
  };
  return all;
}

std::size_t top_of(std::string_view metric) {
  return std::max(number_of(metric, "_accuracy"), number_of(metric, "_agreement"));
}

std::optional<Metric> find_metric(std::string_view name) {
  for (const Metric& metric : metrics()) {
    if (metric.name == name) return metric;
  }
  if (const std::size_t k = number_of(name, "_accuracy"); k > 0) return top_accuracy(k);
  if (const std::size_t k = number_of(name, "_agreement"); k > 0) return top_agreement(k);
  return std::nullopt;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Metric& metric : metrics()) names.push_back(metric.name);
  names.emplace_back(confusion_name);
  return names;
}

}  // namespace goldilocks::evaluation
