// The class that is worst off, by itself and against the baseline.
#include "core/evaluation/worst_class.hpp"

#include <cmath>
#include <vector>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

Measured measured_as(const WorstClass& worst) { return {worst.value, worst.interval, {}}; }

// As is_right(), of the baseline.
bool was_right(const Answers& answers, std::size_t sample) {
  const std::uint32_t wanted = answers.model_class[answers.truth[sample]];
  return answers.baseline_answers[sample] == wanted && !std::isnan(answers.baseline_row(sample)[wanted]);
}

}  // namespace

Metric worst_class_accuracy() {
  return {"worst_class_accuracy", "the least accuracy of any class", Needs::labels, true,
          [](const Answers& answers, double confidence) {
            const auto [right, all] = count_right(answers);
            return measured_as(worst_class_accuracy(right, all, confidence));
          }};
}

Metric worst_class_drop() {
  return {"worst_class_drop", "the largest loss of accuracy of any class", Needs::labels_before, false,
          [](const Answers& answers, double confidence) {
            std::vector<PairedCounts> classes(answers.model_class.size());
            for (std::size_t i = 0; i < answers.samples; ++i) {
              classes[answers.truth[i]].add(was_right(answers, i), is_right(answers, i));
            }
            return measured_as(worst_class_drop(classes, confidence));
          }};
}

}  // namespace goldilocks::evaluation
