#include "core/evaluation/sequences.hpp"

#include <numeric>
#include <stdexcept>

namespace goldilocks::evaluation {

void answer_positions(const SequenceScores& scores, PositionAnswers& to) {
  const std::size_t places = scores.sequences * scores.positions;
  if (scores.tokens.size() != places) throw std::invalid_argument("a token is needed for each position");
  to = {};
  to.classes.resize(scores.vocabulary);
  std::iota(to.classes.begin(), to.classes.end(), 0U);
  for (std::size_t place = 0; place < places; ++place) {
    const std::int32_t token = scores.tokens[place];
    if (token < 0) continue;
    if (static_cast<std::size_t>(token) >= scores.vocabulary) {
      throw std::invalid_argument("a token is beyond the vocabulary");
    }
    to.rows.push_back(static_cast<std::uint32_t>(place));
    to.groups.push_back(static_cast<std::uint32_t>(place / scores.positions));
    to.truth.push_back(static_cast<std::uint32_t>(token));
  }
  Answers& answers = to.answers;
  answers.samples = to.rows.size();
  answers.width = scores.vocabulary;
  answers.values = scores.values;
  answers.baseline = scores.baseline;
  answers.rows = to.rows;
  answers.group_of = to.groups;
  answers.groups = scores.sequences;
  answers.truth = to.truth;
  answers.model_class = to.classes;
  answers.scores = true;
  find_answers(answers);
}

}  // namespace goldilocks::evaluation
