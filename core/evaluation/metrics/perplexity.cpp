// How well scores at each position of a sequence foresee what stands there: the perplexity is the number of equally
// likely tokens among which a guess would be as hard.
#include <cmath>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

double negative_log(const Answers& answers, std::span<const float> row, std::size_t sample) {
  return -safe_log(probability_of(answers, row, answers.model_class[answers.truth[sample]]));
}

// The exponential of a mean, and of the mean of a resample.
Measured exponential_of_mean(std::vector<double> figures) {
  Measured measured = mean_of(std::move(figures));
  measured.value = std::exp(measured.value);
  measured.statistic = [mean = measured.statistic](std::span<const std::uint32_t> counts) {
    return std::exp(mean(counts));
  };
  return measured;
}

}  // namespace

Metric perplexity() {
  return {"perplexity", "the exponential of the mean negative logarithm of the right tokens' probabilities",
          Needs::positions, false, [](const Answers& answers, double) {
            std::vector<double> figures;
            figures.reserve(answers.samples);
            for (std::size_t i = 0; i < answers.samples; ++i) {
              figures.push_back(negative_log(answers, answers.row(i), i));
            }
            return exponential_of_mean(std::move(figures));
          }};
}

Metric perplexity_ratio() {
  return {"perplexity_ratio", "how many times as large the perplexity is as the baseline's", Needs::positions_before,
          false, [](const Answers& answers, double) {
            std::vector<double> figures;
            figures.reserve(answers.samples);
            for (std::size_t i = 0; i < answers.samples; ++i) {
              figures.push_back(negative_log(answers, answers.row(i), i) -
                                negative_log(answers, answers.baseline_row(i), i));
            }
            return exponential_of_mean(std::move(figures));
          }};
}

}  // namespace goldilocks::evaluation
