#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/evaluation/metric.hpp"

namespace goldilocks::evaluation {

// A model's scores at each position of sequences, and the token that stands there.
struct SequenceScores {
  std::size_t sequences = 0;
  std::size_t positions = 0;             // of each
  std::size_t vocabulary = 0;            // scores at each
  std::span<const float> values;         // [sequences, positions, vocabulary]
  std::span<const float> baseline;       // the same of the baseline, or empty
  std::span<const std::int32_t> tokens;  // [sequences, positions]: the right one; negative: none, it counts nowhere
};

// Answers whose samples are the positions that count, in groups of one sequence each: what depends on chance is the
// sequences, not the positions within them. The lists are what the answers look at.
struct PositionAnswers {
  std::vector<std::uint32_t> rows, groups, truth, classes;
  Answers answers;
};

// Fills `to`, which must stay where it is as long as its answers are used. Throws std::invalid_argument if sizes don't
// fit each other or a token is none of the vocabulary.
void answer_positions(const SequenceScores& scores, PositionAnswers& to);

}  // namespace goldilocks::evaluation
