// The class that is worst off, by itself and against the baseline.
#include "core/evaluation/worst_class.hpp"

#include <vector>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

Measured measured_as(const WorstClass& worst) { return {worst.value, worst.interval, {}}; }

}  // namespace

Metric worst_class_accuracy() {
  return {"worst_class_accuracy", "the least accuracy of any class", Needs::classes, true,
          [](const Answers& answers, double confidence) {
            const ClassCounts counts = count_right(answers);
            return measured_as(worst_class_accuracy(counts.right, counts.all, confidence));
          }};
}

Metric worst_class_drop() {
  return {"worst_class_drop", "the largest loss of accuracy of any class", Needs::classes_before, false,
          [](const Answers& answers, double confidence) {
            std::vector<PairedCounts> classes(answers.model_class.size());
            for (std::size_t i = 0; i < answers.samples; ++i) {
              classes[answers.truth[i]].add(was_right(answers, i), is_right(answers, i));
            }
            return measured_as(worst_class_drop(classes, confidence));
          }};
}

}  // namespace goldilocks::evaluation
