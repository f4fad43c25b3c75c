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

// Whether one score comes before another in the order of the answers: higher scores first, NaN after all numbers, and
// of equal scores the lower index first.
bool comes_before(std::span<const float> scores, std::size_t index, std::size_t other);

// How many scores come before this one. 0 is the first answer.
std::size_t rank_of(std::span<const float> scores, std::size_t index);

}  // namespace goldilocks::evaluation
