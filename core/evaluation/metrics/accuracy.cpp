// Right answers: of all samples, by class, and among the first k.
#include <string>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {

Metric accuracy() {
  return {"accuracy", "the share of samples whose class is the first answer", Needs::labels, true,
          [](const Answers& answers, double confidence) {
            return share_of(answers, confidence, [&](std::size_t i) { return is_right(answers, i); });
          }};
}

Metric mean_accuracy() {
  return {"mean_accuracy", "the mean over the classes of their accuracies", Needs::classes, true,
          [](const Answers& answers, double confidence) {
            const ClassCounts counts = count_right(answers);
            return Measured{counts.mean_share(), mean_share_interval(counts.right, counts.all, confidence), {}};
          }};
}

Metric top_accuracy(std::size_t k) {
  return {"top" + std::to_string(k) + "_accuracy", "the share of samples whose class is among the k first answers",
          Needs::labels, true, [k](const Answers& answers, double confidence) {
            return share_of(answers, confidence, [&](std::size_t i) {
              return is_among(answers, i, answers.model_class[answers.truth[i]], k);
            });
          }};
}

}  // namespace goldilocks::evaluation
