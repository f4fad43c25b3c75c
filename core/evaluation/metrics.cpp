#include "core/evaluation/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace goldilocks::evaluation {
namespace {

// The order of answers: higher scores first, NaN after all numbers.
bool is_higher(float a, float b) { return std::isnan(b) ? !std::isnan(a) : a > b; }

std::uint32_t highest(std::span<const float> scores) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i) {
    if (is_higher(scores[i], scores[best])) best = i;
  }
  return static_cast<std::uint32_t>(best);
}

std::span<const float> row(const Scores& scores, std::size_t sample) {
  return scores.values.subspan(sample * scores.classes, scores.classes);
}

void check(const Scores& scores) {
  if (scores.classes == 0 ? !scores.values.empty() : scores.values.size() % scores.classes != 0) {
    throw std::invalid_argument("scores are not whole rows of classes");
  }
}

void check(const Scores& scores, std::span<const std::uint32_t> truth, std::span<const std::uint32_t> model_class) {
  check(scores);
  if (truth.size() != scores.samples()) throw std::invalid_argument("as many labels as samples are needed");
  const auto below = [](std::size_t limit) { return [limit](std::uint32_t index) { return index < limit; }; };
  if (!std::all_of(truth.begin(), truth.end(), below(model_class.size())) ||
      !std::all_of(model_class.begin(), model_class.end(), below(scores.classes))) {
    throw std::invalid_argument("a class index is out of range");
  }
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::size_t rank_of(std::span<const float> scores, std::size_t index) {
  std::size_t before = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (is_higher(scores[i], scores[index]) || (i < index && !is_higher(scores[index], scores[i]))) ++before;
  }
  return before;
}

std::vector<std::uint32_t> top1(const Scores& scores) {
  check(scores);
  std::vector<std::uint32_t> answers(scores.samples());
  for (std::size_t sample = 0; sample < answers.size(); ++sample) answers[sample] = highest(row(scores, sample));
  return answers;
}

ClassificationMetrics classification_metrics(const Scores& scores, std::span<const std::uint32_t> truth,
                                             std::span<const std::uint32_t> model_class) {
  check(scores, truth, model_class);
  std::vector<std::size_t> right(model_class.size());
  std::vector<std::size_t> count(model_class.size());
  std::size_t among_five = 0;
  for (std::size_t sample = 0; sample < truth.size(); ++sample) {
    const std::size_t wanted = model_class[truth[sample]];
    ++count[truth[sample]];
    if (std::isnan(row(scores, sample)[wanted])) continue;
    const std::size_t rank = rank_of(row(scores, sample), wanted);
    if (rank == 0) ++right[truth[sample]];
    if (rank < 5) ++among_five;
  }

  ClassificationMetrics metrics;
  std::size_t classes_with_samples = 0;
  for (std::size_t i = 0; i < count.size(); ++i) {
    metrics.class_accuracy.push_back(share(right[i], count[i]));
    metrics.mean_accuracy += metrics.class_accuracy.back();
    if (count[i] != 0) ++classes_with_samples;
  }
  if (classes_with_samples != 0) metrics.mean_accuracy /= static_cast<double>(classes_with_samples);
  metrics.accuracy = share(std::accumulate(right.begin(), right.end(), std::size_t{0}), truth.size());
  metrics.top5_accuracy = share(among_five, truth.size());
  return metrics;
}

double top1_agreement(const Scores& scores, const Scores& baseline) {
  if (scores.classes != baseline.classes || scores.values.size() != baseline.values.size()) {
    throw std::invalid_argument("agreement needs scores of the same shape");
  }
  const auto ours = top1(scores);
  const auto theirs = top1(baseline);
  if (ours.empty()) return 1.0;
  std::size_t same = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] == theirs[i]) ++same;
  }
  return share(same, ours.size());
}

}  // namespace goldilocks::evaluation
