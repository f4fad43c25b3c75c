// The expected calibration error: samples are sorted into 15 bins by the probability of the first answer, and in each
// bin the mean probability is held against the share of right answers.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

constexpr std::size_t bins = 15;

struct Answer {
  std::size_t bin = 0;
  double surplus = 0;  // probability less 1 or 0
};

double error_of(const std::vector<Answer>& answers, std::span<const std::uint32_t> counts) {
  std::array<double, bins> surplus{};
  double all = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const double count = counts.empty() ? 1 : counts[i];
    surplus.at(answers[i].bin) += answers[i].surplus * count;
    all += count;
  }
  double sum = 0;
  for (const double bin : surplus) sum += std::abs(bin);
  return sum / all;
}

}  // namespace

Metric ece() {
  return {"ece", "the expected calibration error: how far probabilities are from shares of right answers",
          Needs::labels, false, [](const Answers& answers, double) {
            const auto kept = std::make_shared<std::vector<Answer>>();
            for (std::size_t i = 0; i < answers.samples; ++i) {
              const double probability = probability_of(answers, answers.row(i), answers.answers[i]);
              // NaN belongs to no bin; it stays in the sum, so that the figure says what happened.
              const double place = std::isnan(probability) ? 0 : std::clamp(probability, 0.0, 1.0) * bins;
              const std::size_t bin = std::min<std::size_t>(static_cast<std::size_t>(place), bins - 1);
              kept->push_back({bin, probability - (is_right(answers, i) ? 1 : 0)});
            }
            Measured measured;
            measured.value = error_of(*kept, {});
            measured.statistic = [kept](std::span<const std::uint32_t> counts) { return error_of(*kept, counts); };
            return measured;
          }};
}

}  // namespace goldilocks::evaluation
