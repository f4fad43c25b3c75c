// What the scores say beyond the first answer: the likelihood of the right class, and how it changed.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {

double safe_log(double probability) {
  return std::log(probability < least_probability ? least_probability : probability);
}

std::vector<double> probabilities(std::span<const float> scores) {
  std::vector<double> result(scores.begin(), scores.end());
  double sum = 0;
  bool proper = true;
  double highest = -std::numeric_limits<double>::infinity();
  for (const double score : result) {
    sum += score;
    proper = proper && score >= 0;
    highest = std::max(highest, score);
  }
  if (!proper || !(std::abs(sum - 1) <= 0.01)) {
    sum = 0;
    for (double& score : result) sum += score = std::exp(score - highest);
  }
  for (double& score : result) score /= sum;
  return result;
}

double probability_of(const Answers& answers, std::span<const float> row, std::uint32_t label) {
  if (label == no_answer) return std::numeric_limits<double>::quiet_NaN();
  return probabilities(row)[score_index(answers, row, label)];
}

double divergence(std::span<const float> before, std::span<const float> after) {
  const std::vector<double> p = probabilities(before);
  const std::vector<double> q = probabilities(after);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] != 0) sum += p[i] * (safe_log(p[i]) - safe_log(q[i]));
  }
  return sum;
}

Metric nll() {
  return {"nll", "the mean negative logarithm of the right class's probability", Needs::labels, false,
          [](const Answers& answers, double) {
            std::vector<double> figures;
            for (std::size_t i = 0; i < answers.samples; ++i) {
              const std::uint32_t wanted = answers.model_class[answers.truth[i]];
              figures.push_back(-safe_log(probability_of(answers, answers.row(i), wanted)));
            }
            return mean_of(std::move(figures));
          }};
}

Metric kl() {
  return {"kl", "the mean Kullback-Leibler divergence from the baseline's probabilities", Needs::scores_before, false,
          [](const Answers& answers, double) { return mean_of(divergences(answers)); }};
}

}  // namespace goldilocks::evaluation
