// Agreement of first answers as coremltools' compare_models counts it: the full-precision model's first answer is among
// the k first of the other one. A sample without an answer agrees with nothing, not with itself either.
#include <string>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {

Metric top_agreement(std::size_t k) {
  return {"top" + std::to_string(k) + "_agreement",
          "the share of samples for which the baseline's first answer is among the k first", Needs::scores_before, true,
          [k](const Answers& answers, double confidence) {
            return share_of(answers, confidence,
                            [&](std::size_t i) { return is_among(answers, i, answers.baseline_answers[i], k); });
          }};
}

}  // namespace goldilocks::evaluation
