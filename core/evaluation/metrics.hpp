#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace goldilocks::evaluation {

// A model's scores for a dataset: float32 [samples, model classes], row-major.
struct Scores {
  std::span<const float> values;
  std::size_t classes = 0;
  std::size_t samples() const { return classes == 0 ? 0 : values.size() / classes; }
};

// The index of the highest score of each sample; the lowest index on a tie; NaN counts as lowest.
std::vector<std::uint32_t> top1(const Scores& scores);

// How many classes come before `index` in the order of the answers: higher scores first, NaN after all numbers, and of
// equal scores the lower index first. 0 is the first answer.
std::size_t rank_of(std::span<const float> scores, std::size_t index);

struct ClassificationMetrics {
  double mean_accuracy = 0;  // the mean over the dataset's classes of their accuracies
  double accuracy = 0;       // over all samples
  double top5_accuracy = 0;  // the right class is among the five highest (all, of fewer classes)
  std::vector<double> class_accuracy;
};

// `truth`: for each sample, the index of its class among the dataset's classes. `model_class`: for each dataset class,
// its index among the model's classes. A class whose score is NaN is never a right answer, so that a model that gives
// nothing but NaN is right about nothing. Classes without a sample have accuracy 0 and don't count in the mean. Throws
// std::invalid_argument if the sizes don't fit or an index is out of range.
ClassificationMetrics classification_metrics(const Scores& scores, std::span<const std::uint32_t> truth,
                                             std::span<const std::uint32_t> model_class);

// The share of samples for which both give the same first answer; 1 for no samples. Throws std::invalid_argument if the
// two are not of the same shape.
double top1_agreement(const Scores& scores, const Scores& baseline);

}  // namespace goldilocks::evaluation
