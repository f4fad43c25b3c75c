// Answers that turn with the variant, in either direction. An accuracy hides them where as many are won as are lost;
// who uses both models meets each of them. (Dutta, Krishnan, Kwatra, Ramjee: Accuracy is not all you need, 2024.)
#include <algorithm>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

// Of one sample's values against its target.
double squared_error(std::span<const float> values, std::span<const float> target) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double difference = static_cast<double>(values[i]) - static_cast<double>(target[i]);
    sum += difference * difference;
  }
  return sum;
}

// Whether the variant does no worse than the baseline: is right where that is, or as near to the target. What is not a
// number is worse than every number.
bool is_no_worse(const Answers& answers, std::size_t sample) {
  if (has(answers, Needs::labels_before)) return is_right(answers, sample) || !was_right(answers, sample);
  const std::span<const float> target = answers.target_row(sample);
  const double before = squared_error(answers.baseline_row(sample), target);
  return !(before < squared_error(answers.row(sample), target)) && squared_error(answers.row(sample), target) >= 0;
}

}  // namespace

Metric flips_to_wrong() {
  return {"flips_to_wrong", "the share of samples that the baseline answers right and the variant wrong",
          Needs::labels_before, false, [](const Answers& answers, double confidence) {
            return share_of(answers, confidence,
                            [&](std::size_t i) { return was_right(answers, i) && !is_right(answers, i); });
          }};
}

Metric flips_to_right() {
  return {"flips_to_right", "the share of samples that the baseline answers wrong and the variant right",
          Needs::labels_before, true, [](const Answers& answers, double confidence) {
            return share_of(answers, confidence,
                            [&](std::size_t i) { return !was_right(answers, i) && is_right(answers, i); });
          }};
}

Metric qoi() {
  return {"qoi", "quality of inference: the share of samples on which the variant does no worse than the baseline",
          Needs::truth_before, true, [](const Answers& answers, double confidence) {
            return share_of(answers, confidence, [&](std::size_t i) { return is_no_worse(answers, i); });
          }};
}

}  // namespace goldilocks::evaluation
