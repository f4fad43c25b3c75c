#include "core/pipeline/predictions/collect_figures.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/evaluation/detection.hpp"
#include "core/evaluation/label_mapping.hpp"
#include "core/evaluation/metrics/families.hpp"
#include "core/evaluation/sequences.hpp"
#include "core/runtime/arrays.hpp"

namespace goldilocks::pipeline {
namespace {

// Above this, nobody reads a table of what classes were taken for, and its size would be that of the document.
constexpr std::size_t most_classes_of_a_matrix = 64;

evaluation::Answers answers_of(const LabelledPredictions& model, const std::vector<std::uint32_t>& truth,
                               const std::vector<std::uint32_t>& label_of) {
  evaluation::Answers answers;
  answers.samples = model.predictions.samples;
  answers.values = model.predictions.scores().values;
  answers.width = answers.samples == 0 ? 0 : answers.values.size() / answers.samples;
  answers.scores = !model.labels.empty();
  answers.truth = truth;
  answers.model_class = model.class_index;
  answers.label_of = label_of;
  answers.targets = model.targets;
  const std::vector<std::int64_t>& dims = model.predictions.scores().dims;
  if (model.output != nullptr && model.output->image && dims.size() == 3) {
    answers.image = true;
    answers.channels = static_cast<std::size_t>(dims[0]);
    answers.height = static_cast<std::size_t>(dims[1]);
    answers.columns = static_cast<std::size_t>(dims[2]);
    answers.range = model.output->white;
  }
  return answers;
}

void set_interval(goldilocks::Interval& message, const evaluation::Interval& interval) {
  message.set_lower(interval.lower);
  message.set_upper(interval.upper);
  message.set_confidence(interval.confidence);
  message.set_method(interval.method);
}

void add_figure(goldilocks::Evaluation& evaluation, const evaluation::FigureValue& figure) {
  goldilocks::Figure& message = *evaluation.add_figures();
  message.set_metric(figure.metric);
  message.set_value(figure.value);
  if (figure.interval) set_interval(*message.mutable_interval(), *figure.interval);
  message.set_samples(evaluation.samples());
  message.set_against_baseline(figure.against_baseline);
  message.set_larger_is_better(figure.larger_is_better);
}

void set_accuracies(goldilocks::Evaluation& evaluation, const evaluation::Answers& answers, double confidence) {
  const evaluation::ClassCounts counts = count_right(answers);
  evaluation.set_mean_accuracy(counts.mean_share());
  evaluation.set_accuracy(evaluation::accuracy().measure(answers, confidence).value);
  if (evaluation::count_labels(answers) > 5) {
    evaluation.set_top5_accuracy(evaluation::top_accuracy(5).measure(answers, confidence).value);
  }
  for (std::size_t c = 0; c < counts.all.size(); ++c) {
    const double share = counts.share(c);
    evaluation.add_class_accuracy(share);
    set_interval(*evaluation.add_class_intervals(),
                 evaluation::wilson_interval(share, static_cast<double>(counts.all[c]), confidence));
  }
}

void set_confusion(goldilocks::Evaluation& evaluation, const evaluation::Answers& answers, const data::Dataset& dataset,
                   bool wanted) {
  const std::vector<evaluation::ConfusionCell> cells = confusion_cells(answers);
  for (const evaluation::ConfusionCell& cell : cells) {
    goldilocks::ConfusionCell& message = *evaluation.add_confusion_cells();
    message.set_class_(cell.of_class);
    message.set_column(cell.column);
    message.set_count(cell.count);
  }
  const std::size_t classes = dataset.classes.size();
  if (!wanted || classes > most_classes_of_a_matrix) return;
  goldilocks::ConfusionMatrix& confusion = *evaluation.mutable_confusion();
  for (const std::string& name : dataset.classes) confusion.add_columns(name);
  confusion.add_columns("other");
  const std::size_t columns = classes + 1;
  confusion.mutable_counts()->Resize(static_cast<int>(classes * columns), 0);
  for (const evaluation::ConfusionCell& cell : cells) {
    confusion.set_counts(static_cast<int>(cell.of_class * columns + cell.column), cell.count);
  }
}

void set_comparison(goldilocks::Comparison& comparison, const std::vector<evaluation::PairedCounts>& classes,
                    double confidence) {
  evaluation::PairedCounts all;
  for (const evaluation::PairedCounts& pairs : classes) all += pairs;
  comparison.set_both_right(all.both_right);
  comparison.set_only_baseline_right(all.only_baseline_right);
  comparison.set_only_variant_right(all.only_variant_right);
  comparison.set_both_wrong(all.both_wrong);
  comparison.set_p_value(evaluation::mcnemar_p_value(all.only_baseline_right, all.only_variant_right));
  set_interval(*comparison.mutable_drop(), evaluation::drop_interval(evaluation::paired_drop(classes), confidence));
}

// An answer in words, and its probability.
struct Stated {
  std::string label;  // empty for none
  double probability = 0;
};

Stated stated_answer(const evaluation::Answers& answers, const std::vector<std::string>& labels, std::size_t sample) {
  const std::uint32_t answer = answers.answers[sample];
  const double probability = probability_of(answers, answers.row(sample), answer);
  return {answer == evaluation::no_answer ? "" : labels[answer], std::round(probability * 1e6) / 1e6};
}

void add_differences(goldilocks::Evaluation& evaluation, const evaluation::Answers& answers,
                     const evaluation::Answers& before, const LabelledPredictions& model,
                     const LabelledPredictions& baseline, const data::Dataset& dataset) {
  for (std::size_t i = 0; i < answers.samples; ++i) {
    const std::uint32_t old = before.answers[i];
    const std::uint32_t now = answers.answers[i];
    // Where there is no answer, it is not the same one.
    const bool both = old != evaluation::no_answer && now != evaluation::no_answer;
    if (both && model.labels[now] == baseline.labels[old]) continue;
    goldilocks::Difference& difference = *evaluation.add_differences();
    difference.set_sample(dataset.samples[i].id);
    if (!dataset.classes.empty()) difference.set_truth(dataset.classes[dataset.samples[i].label]);
    const Stated first = stated_answer(before, baseline.labels, i);
    const Stated second = stated_answer(answers, model.labels, i);
    difference.set_baseline_answer(first.label);
    difference.set_baseline_probability(first.probability);
    difference.set_answer(second.label);
    difference.set_probability(second.probability);
  }
}

// The baseline's values in the order of the model's labels; `reordered` owns them where that is not its own. Empty
// where the two can't be held against each other one by one: they have different labels, or outputs of different sizes.
std::span<const float> values_before(const LabelledPredictions& model, const LabelledPredictions& baseline,
                                     std::vector<float>& reordered) {
  const std::span<const float> values = baseline.predictions.scores().values;
  const auto places = evaluation::match_labels(model.labels, baseline.labels);
  if (!places || values.size() != model.predictions.scores().values.size()) return {};
  if (model.labels == baseline.labels) return values;
  reordered.reserve(values.size());
  for (std::size_t row = 0; row < values.size(); row += places->size()) {
    for (const std::uint32_t place : *places) reordered.push_back(values[row + place]);
  }
  return reordered;
}

bool wants_confusion(const evaluation::FigureSettings& settings) {
  const auto& names = settings.metrics;
  return (names.empty() && settings.added.empty()) ||
         std::find(names.begin(), names.end(), evaluation::confusion_name) != names.end();
}

void fill_detection_figures(goldilocks::Evaluation& evaluation, const LabelledPredictions& model,
                            const LabelledPredictions* baseline, const evaluation::FigureSettings& settings,
                            ThreadPool& pool) {
  evaluation::DetectionAnswers boxes;
  boxes.found = found_boxes(model.predictions, *model.boxes);
  // Labels go by their indexes, so that both need the same.
  const bool alike = baseline != nullptr && baseline->boxes != nullptr &&
                     baseline->output->detection->labels == model.output->detection->labels;
  if (alike) boxes.baseline = found_boxes(baseline->predictions, *baseline->boxes);
  boxes.truth = model.boxes->boxes;
  boxes.labels = model.output->detection->labels.size();
  boxes.iou = model.detection->iou;
  boxes.least_score = model.detection->least_score;
  evaluation::Answers answers;
  answers.samples = model.predictions.samples;
  answers.detections = &boxes;
  evaluation.set_samples(answers.samples);
  for (const auto& figure : evaluation::compute_figures(answers, settings, pool)) add_figure(evaluation, figure);
}

// Of scores at each position of sequences.
void fill_position_figures(goldilocks::Evaluation& evaluation, const LabelledPredictions& model,
                           const LabelledPredictions* baseline, const data::Dataset& dataset,
                           const evaluation::FigureSettings& settings, ThreadPool& pool) {
  const PredictedOutput& output = model.predictions.scores();
  evaluation::SequenceScores scores;
  scores.sequences = model.predictions.samples;
  scores.vocabulary = static_cast<std::size_t>(output.dims.back());
  scores.positions = model.tokens.size() / std::max<std::size_t>(scores.sequences, 1);
  scores.values = output.values;
  scores.tokens = model.tokens;
  if (output.values.size() != model.tokens.size() * scores.vocabulary) {
    throw DataError(dataset.path.string(), fmt::format("{} tokens of a sample for output '{}' of {}", scores.positions,
                                                       output.name, runtime::shape_text(output.dims)));
  }
  if (baseline != nullptr && baseline->predictions.scores().values.size() == output.values.size()) {
    scores.baseline = baseline->predictions.scores().values;
  }
  evaluation::PositionAnswers positions;
  answer_positions(scores, positions);
  if (positions.answers.samples == 0)
    throw DataError(dataset.path.string(), "not one position has a token to foretell");
  evaluation.set_samples(scores.sequences);
  evaluation.set_positions(positions.answers.samples);
  evaluation.set_unanswered(count_unanswered(positions.answers));
  for (const auto& figure : evaluation::compute_figures(positions.answers, settings, pool)) {
    add_figure(evaluation, figure);
    if (figure.metric == "top1_agreement") evaluation.set_top1_agreement(figure.value);
  }
}

}  // namespace

void fill_figures(goldilocks::Evaluation& evaluation, const LabelledPredictions& model,
                  const LabelledPredictions* baseline, const data::Dataset& dataset,
                  const evaluation::FigureSettings& settings, ThreadPool& pool) {
  if (model.output != nullptr && model.output->detection) {
    fill_detection_figures(evaluation, model, baseline, settings, pool);
    return;
  }
  if (model.output != nullptr && model.output->per_position) {
    fill_position_figures(evaluation, model, baseline, dataset, settings, pool);
    return;
  }
  std::vector<std::uint32_t> truth;
  if (!model.class_index.empty()) {
    for (const data::Sample& sample : dataset.samples) truth.push_back(sample.label);
  }
  const std::vector<std::uint32_t> label_of = evaluation::first_of_equals(model.labels);
  evaluation::Answers answers = answers_of(model, truth, label_of);
  if (!answers.targets.empty() && answers.targets.size() != answers.values.size()) {
    throw DataError(dataset.path.string(),
                    fmt::format("targets of {} values for output '{}' of {}",
                                answers.targets.size() / std::max<std::size_t>(answers.samples, 1),
                                model.predictions.scores().name, answers.width));
  }
  std::vector<float> reordered;
  if (baseline != nullptr) answers.baseline = values_before(model, *baseline, reordered);
  find_answers(answers);
  evaluation.set_samples(answers.samples);
  evaluation.set_unanswered(count_unanswered(answers));
  for (const auto& figure : evaluation::compute_figures(answers, settings, pool)) add_figure(evaluation, figure);

  const bool labelled = has(answers, evaluation::Needs::classes);
  if (labelled) {
    set_accuracies(evaluation, answers, settings.confidence);
    set_confusion(evaluation, answers, dataset, wants_confusion(settings));
  }
  if (baseline == nullptr) return;
  if (has(answers, evaluation::Needs::scores_before)) {
    evaluation.set_top1_agreement(evaluation::top_agreement(1).measure(answers, settings.confidence).value);
  }
  const std::vector<std::uint32_t> label_of_before = evaluation::first_of_equals(baseline->labels);
  evaluation::Answers before = answers_of(*baseline, truth, label_of_before);
  find_answers(before);
  if (labelled) {
    evaluation.set_mean_drop(count_right(before).mean_share() - evaluation.mean_accuracy());
    set_comparison(*evaluation.mutable_comparison(), evaluation::paired_counts(before, answers), settings.confidence);
  }
  if (answers.scores && before.scores) add_differences(evaluation, answers, before, model, *baseline, dataset);
}

}  // namespace goldilocks::pipeline
