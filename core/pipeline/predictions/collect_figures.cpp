#include "core/pipeline/predictions/collect_figures.hpp"

#include <cmath>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::pipeline {
namespace {

evaluation::Answers answers_of(const LabelledPredictions& model, const std::vector<std::uint32_t>& truth) {
  evaluation::Answers answers;
  answers.samples = model.predictions.samples;
  answers.values = model.predictions.scores().values;
  answers.width = answers.samples == 0 ? 0 : answers.values.size() / answers.samples;
  answers.scores = !model.labels.empty();
  answers.truth = truth;
  answers.model_class = model.class_index;
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

void add_class_intervals(goldilocks::Evaluation& evaluation, const evaluation::Answers& answers, double confidence) {
  std::vector<double> count(answers.model_class.size());
  std::vector<double> right(answers.model_class.size());
  for (std::size_t i = 0; i < answers.samples; ++i) {
    count[answers.truth[i]] += 1;
    right[answers.truth[i]] += is_right(answers, i) ? 1 : 0;
  }
  for (std::size_t c = 0; c < count.size(); ++c) {
    const double share = count[c] == 0 ? 0 : right[c] / count[c];
    set_interval(*evaluation.add_class_intervals(), evaluation::wilson_interval(share, count[c], confidence));
  }
}

void set_confusion(goldilocks::ConfusionMatrix& confusion, const evaluation::Answers& answers,
                   const data::Dataset& dataset) {
  for (const std::string& name : dataset.classes) confusion.add_columns(name);
  confusion.add_columns("other");
  for (const std::uint32_t count : evaluation::confusion_matrix(answers)) confusion.add_counts(count);
}

void set_comparison(goldilocks::Comparison& comparison, const std::vector<evaluation::PairedCounts>& classes,
                    double confidence) {
  evaluation::PairedCounts all;
  for (const evaluation::PairedCounts& pairs : classes) all += pairs;
  comparison.set_both_right(static_cast<std::uint32_t>(all.both_right));
  comparison.set_only_baseline_right(static_cast<std::uint32_t>(all.only_baseline_right));
  comparison.set_only_variant_right(static_cast<std::uint32_t>(all.only_variant_right));
  comparison.set_both_wrong(static_cast<std::uint32_t>(all.both_wrong));
  comparison.set_p_value(evaluation::mcnemar_p_value(all.only_baseline_right, all.only_variant_right));
  set_interval(*comparison.mutable_drop(), evaluation::drop_interval(evaluation::paired_drop(classes), confidence));
}

double probability_of(std::span<const float> scores, std::uint32_t answer) {
  return std::round(evaluation::probabilities(scores)[answer] * 1e6) / 1e6;
}

void add_differences(goldilocks::Evaluation& evaluation, const evaluation::Answers& answers,
                     const evaluation::Answers& before, const LabelledPredictions& model,
                     const LabelledPredictions& baseline, const data::Dataset& dataset) {
  for (std::size_t i = 0; i < answers.samples; ++i) {
    const std::string& answer = model.labels[answers.answers[i]];
    const std::string& old = baseline.labels[before.answers[i]];
    if (answer == old) continue;
    goldilocks::Difference& difference = *evaluation.add_differences();
    difference.set_sample(dataset.samples[i].id);
    if (!dataset.classes.empty()) difference.set_truth(dataset.classes[dataset.samples[i].label]);
    difference.set_baseline_answer(old);
    difference.set_baseline_probability(probability_of(before.row(i), before.answers[i]));
    difference.set_answer(answer);
    difference.set_probability(probability_of(answers.row(i), answers.answers[i]));
  }
}

bool wants_confusion(const evaluation::FigureSettings& settings) {
  const auto& names = settings.metrics;
  return names.empty() || std::find(names.begin(), names.end(), evaluation::confusion_name) != names.end();
}

}  // namespace

bool is_comparable(const LabelledPredictions& model, const LabelledPredictions& baseline) {
  return baseline.labels == model.labels &&
         baseline.predictions.scores().values.size() == model.predictions.scores().values.size();
}

void fill_figures(goldilocks::Evaluation& evaluation, const LabelledPredictions& model,
                  const LabelledPredictions* baseline, const data::Dataset& dataset,
                  const evaluation::FigureSettings& settings, ThreadPool& pool) {
  std::vector<std::uint32_t> truth;
  if (!model.class_index.empty()) {
    for (const data::Sample& sample : dataset.samples) truth.push_back(sample.label);
  }
  evaluation::Answers answers = answers_of(model, truth);
  if (!answers.targets.empty() && answers.targets.size() != answers.values.size()) {
    throw DataError(fmt::format("{}: targets of {} values for output '{}' of {}", dataset.path.string(),
                                answers.targets.size() / std::max<std::size_t>(answers.samples, 1),
                                model.predictions.scores().name, answers.width));
  }
  if (baseline != nullptr && is_comparable(model, *baseline)) {
    answers.baseline = baseline->predictions.scores().values;
  }
  find_answers(answers);
  for (const auto& figure : evaluation::compute_figures(answers, settings, pool)) add_figure(evaluation, figure);

  const bool labelled = has(answers, evaluation::Needs::labels);
  if (labelled) add_class_intervals(evaluation, answers, settings.confidence);
  if (labelled && wants_confusion(settings)) set_confusion(*evaluation.mutable_confusion(), answers, dataset);
  if (baseline == nullptr) return;
  evaluation::Answers before = answers_of(*baseline, truth);
  find_answers(before);
  if (labelled) {
    set_comparison(*evaluation.mutable_comparison(), evaluation::paired_counts(before, answers), settings.confidence);
  }
  if (answers.scores && before.scores) add_differences(evaluation, answers, before, model, *baseline, dataset);
}

}  // namespace goldilocks::pipeline
