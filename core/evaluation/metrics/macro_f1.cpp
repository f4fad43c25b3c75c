// The mean over classes of F1, the harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). An answer that is no
// class of the dataset is missed by its class and counts for no other.
#include <memory>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

struct Pairs {
  std::vector<std::uint32_t> truth, answer;  // classes of the dataset; an answer may be `classes`: none of them
  std::size_t classes = 0;
};

double f1_of(const Pairs& pairs, std::span<const std::uint32_t> counts) {
  std::vector<double> right(pairs.classes + 1), truths(pairs.classes + 1), answers(pairs.classes + 1);
  for (std::size_t i = 0; i < pairs.truth.size(); ++i) {
    const double count = counts.empty() ? 1 : counts[i];
    truths[pairs.truth[i]] += count;
    answers[pairs.answer[i]] += count;
    if (pairs.truth[i] == pairs.answer[i]) right[pairs.truth[i]] += count;
  }
  double sum = 0;
  double classes = 0;
  for (std::size_t c = 0; c < pairs.classes; ++c) {
    if (truths[c] == 0) continue;
    sum += 2 * right[c] / (truths[c] + answers[c]);
    classes += 1;
  }
  return sum / classes;
}

}  // namespace

Metric macro_f1() {
  return {
      "macro_f1", "the mean over the classes of F1, which punishes wrong answers in both of their classes",
      Needs::classes, true, [](const Answers& answers, double) {
        const auto pairs = std::make_shared<Pairs>();
        pairs->classes = answers.model_class.size();
        std::vector<std::uint32_t> class_of(answers.width, static_cast<std::uint32_t>(pairs->classes));
        for (std::size_t c = 0; c < pairs->classes; ++c) {
          class_of[answers.model_class[c]] = static_cast<std::uint32_t>(c);
        }
        pairs->truth.assign(answers.truth.begin(), answers.truth.end());
        for (std::size_t i = 0; i < answers.samples; ++i) {
          const std::uint32_t answer = answers.answers[i];
          pairs->answer.push_back(answer == no_answer ? static_cast<std::uint32_t>(pairs->classes) : class_of[answer]);
        }
        Measured measured;
        measured.value = f1_of(*pairs, {});
        measured.statistic = [pairs](std::span<const std::uint32_t> counts) { return f1_of(*pairs, counts); };
        return measured;
      }};
}

}  // namespace goldilocks::evaluation
