// How far values are from those of the baseline, or from what they should be.
#include <algorithm>
#include <cmath>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

// For each sample the mean over its values of `figure` of their differences.
template <typename Figure>
Measured mean_difference_of(const Answers& answers, std::span<const float> others, Figure figure) {
  std::vector<double> figures;
  for (std::size_t i = 0; i < answers.samples; ++i) {
    const auto row = answers.row(i);
    const auto other = others.subspan(i * answers.width, answers.width);
    double sum = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      sum += figure(static_cast<double>(row[j]) - static_cast<double>(other[j]));
    }
    figures.push_back(sum / static_cast<double>(answers.width));
  }
  return mean_of(std::move(figures));
}

double absolute(double difference) { return std::abs(difference); }
double square(double difference) { return difference * difference; }

}  // namespace

Metric max_difference() {
  return {"max_difference", "the largest absolute difference of any value from the baseline's", Needs::values_before,
          false, [](const Answers& answers, double) {
            Measured measured;
            for (std::size_t i = 0; i < answers.values.size(); ++i) {
              const double difference =
                  std::abs(static_cast<double>(answers.values[i]) - static_cast<double>(answers.baseline[i]));
              // A NaN must not be lost among numbers.
              if (!(difference <= measured.value)) measured.value = difference;
              if (std::isnan(difference)) break;
            }
            return measured;
          }};
}

Metric mean_difference() {
  return {"mean_difference", "the mean absolute difference of the values from the baseline's", Needs::values_before,
          false,
          [](const Answers& answers, double) { return mean_difference_of(answers, answers.baseline, absolute); }};
}

Metric mse() {
  return {"mse", "the mean squared difference from the targets", Needs::targets, false,
          [](const Answers& answers, double) { return mean_difference_of(answers, answers.targets, square); }};
}

Metric mae() {
  return {"mae", "the mean absolute difference from the targets", Needs::targets, false,
          [](const Answers& answers, double) { return mean_difference_of(answers, answers.targets, absolute); }};
}

}  // namespace goldilocks::evaluation
