// How far values are from those of the baseline, or from what they should be, and how much further than before.
#include <algorithm>
#include <cmath>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

// For each sample the mean over its values of `figure` of their differences.
template <typename Figure>
std::vector<double> differences_of(const Answers& answers, std::span<const float> some, std::span<const float> others,
                                   Figure figure) {
  std::vector<double> figures;
  for (std::size_t i = 0; i < answers.samples; ++i) {
    const auto row = some.subspan(answers.place(i) * answers.width, answers.width);
    const auto other = others.subspan(answers.place(i) * answers.width, answers.width);
    double sum = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      sum += figure(static_cast<double>(row[j]) - static_cast<double>(other[j]));
    }
    figures.push_back(sum / static_cast<double>(answers.width));
  }
  return figures;
}

// By how much each sample's error against its target is above the baseline's: paired, as of the same samples.
template <typename Figure>
Measured rise_of(const Answers& answers, Figure figure) {
  std::vector<double> rises = differences_of(answers, answers.values, answers.targets, figure);
  const std::vector<double> before = differences_of(answers, answers.baseline, answers.targets, figure);
  for (std::size_t i = 0; i < rises.size(); ++i) rises[i] -= before[i];
  return mean_of(std::move(rises));
}

double absolute(double difference) { return std::abs(difference); }
double square(double difference) { return difference * difference; }

}  // namespace

Metric max_difference() {
  return {"max_difference", "the largest absolute difference of any value from the baseline's", Needs::values_before,
          false, [](const Answers& answers, double) {
            Measured measured;
            for (std::size_t i = 0; i < answers.samples; ++i) {
              const auto before = answers.baseline_row(i);
              const auto after = answers.row(i);
              for (std::size_t j = 0; j < answers.width; ++j) {
                const double difference = std::abs(static_cast<double>(after[j]) - static_cast<double>(before[j]));
                // A NaN must not be lost among numbers.
                if (!(difference <= measured.value)) measured.value = difference;
                if (std::isnan(difference)) return measured;
              }
            }
            return measured;
          }};
}

Metric mean_difference() {
  return {"mean_difference", "the mean absolute difference of the values from the baseline's", Needs::values_before,
          false, [](const Answers& answers, double) {
            return mean_of(differences_of(answers, answers.values, answers.baseline, absolute));
          }};
}

Metric mse() {
  return {"mse", "the mean squared difference from the targets", Needs::targets, false,
          [](const Answers& answers, double) {
            return mean_of(differences_of(answers, answers.values, answers.targets, square));
          }};
}

Metric mae() {
  return {"mae", "the mean absolute difference from the targets", Needs::targets, false,
          [](const Answers& answers, double) {
            return mean_of(differences_of(answers, answers.values, answers.targets, absolute));
          }};
}

Metric mse_rise() {
  return {"mse_rise", "how much larger the mean squared difference from the targets is than the baseline's",
          Needs::targets_before, false, [](const Answers& answers, double) { return rise_of(answers, square); }};
}

Metric mae_rise() {
  return {"mae_rise", "how much larger the mean absolute difference from the targets is than the baseline's",
          Needs::targets_before, false, [](const Answers& answers, double) { return rise_of(answers, absolute); }};
}

}  // namespace goldilocks::evaluation
