#include "core/evaluation/metrics.hpp"

#include <cmath>
#include <stdexcept>

namespace goldilocks::evaluation {
namespace {

// The order of answers: higher scores first, NaN after all numbers.
bool is_higher(float a, float b) { return std::isnan(b) ? !std::isnan(a) : a > b; }

std::uint32_t highest(std::span<const float> scores) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i) {
    if (is_higher(scores[i], scores[best])) best = i;
  }
  return static_cast<std::uint32_t>(best);
}

std::span<const float> row(const Scores& scores, std::size_t sample) {
  return scores.values.subspan(sample * scores.classes, scores.classes);
}

void check(const Scores& scores) {
  if (scores.classes == 0 ? !scores.values.empty() : scores.values.size() % scores.classes != 0) {
    throw std::invalid_argument("scores are not whole rows of classes");
  }
}

}  // namespace

bool comes_before(std::span<const float> scores, std::size_t index, std::size_t other) {
  return is_higher(scores[index], scores[other]) || (index < other && !is_higher(scores[other], scores[index]));
}

std::size_t rank_of(std::span<const float> scores, std::size_t index) {
  std::size_t before = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) before += comes_before(scores, i, index) ? 1 : 0;
  return before;
}

std::vector<std::uint32_t> top1(const Scores& scores) {
  check(scores);
  std::vector<std::uint32_t> answers(scores.samples());
  for (std::size_t sample = 0; sample < answers.size(); ++sample) answers[sample] = highest(row(scores, sample));
  return answers;
}

}  // namespace goldilocks::evaluation
