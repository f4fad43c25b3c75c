// Signal to noise as coremltools' compare_models computes it, in decibel: the signal is the output of the second model
// (not of the full-precision one), the noise is the difference of the two, to whose mean square 1e-7 is added; the
// figure is the mean of the samples' decibels.
#include <algorithm>
#include <cmath>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

constexpr double least_noise = 1e-7;

Measured decibels(const Answers& answers, bool peak) {
  std::vector<double> figures;
  const auto width = static_cast<double>(answers.width);
  for (std::size_t i = 0; i < answers.samples; ++i) {
    double noise = 0;
    double energy = 0;
    double highest = 0;
    const auto before = answers.baseline_row(i);
    const auto after = answers.row(i);
    for (std::size_t j = 0; j < answers.width; ++j) {
      const double difference = static_cast<double>(before[j]) - static_cast<double>(after[j]);
      const double square = static_cast<double>(after[j]) * static_cast<double>(after[j]);
      noise += difference * difference;
      energy += square;
      highest = std::max(highest, square);
    }
    const double signal = peak ? highest : energy / width;
    figures.push_back(10 * std::log10(signal / (noise / width + least_noise)));
  }
  return mean_of(std::move(figures));
}

}  // namespace

Metric snr() {
  return {"snr", "the mean signal to noise ratio against the baseline, in dB, as coremltools defines it",
          Needs::values_before, true, [](const Answers& answers, double) { return decibels(answers, false); }};
}

Metric psnr() {
  return {"psnr", "the mean peak signal to noise ratio against the baseline, in dB, as coremltools defines it",
          Needs::values_before, true, [](const Answers& answers, double) { return decibels(answers, true); }};
}

}  // namespace goldilocks::evaluation
