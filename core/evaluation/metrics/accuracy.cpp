// Right answers: of all samples, by class, and among the first k.
#include <cmath>
#include <string>

#include "core/evaluation/metrics.hpp"
#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {

Metric accuracy() {
  return {"accuracy", "the share of samples whose class is the first answer", Needs::labels, true,
          [](const Answers& answers, double confidence) {
            return share_of(answers.samples, confidence, [&](std::size_t i) { return is_right(answers, i); });
          }};
}

Metric mean_accuracy() {
  return {"mean_accuracy", "the mean over the classes of their accuracies", Needs::labels, true,
          [](const Answers& answers, double confidence) {
            const auto [right, all] = count_right(answers);
            Measured measured;
            double classes = 0;
            for (std::size_t c = 0; c < all.size(); ++c) {
              if (all[c] == 0) continue;
              measured.value += static_cast<double>(right[c]) / static_cast<double>(all[c]);
              classes += 1;
            }
            measured.value /= classes;
            measured.interval = mean_share_interval(right, all, confidence);
            return measured;
          }};
}

Metric top_accuracy(std::size_t k) {
  return {"top" + std::to_string(k) + "_accuracy", "the share of samples whose class is among the k first answers",
          Needs::labels, true, [k](const Answers& answers, double confidence) {
            return share_of(answers.samples, confidence, [&](std::size_t i) {
              const std::uint32_t wanted = answers.model_class[answers.truth[i]];
              const auto row = answers.row(i);
              return !std::isnan(row[wanted]) && rank_of(row, wanted) < k;
            });
          }};
}

}  // namespace goldilocks::evaluation
