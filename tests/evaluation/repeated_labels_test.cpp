// Labels that stand for several scores: answers, agreement, likelihood and confusion go by label.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/evaluate_answers.hpp"
#include "core/evaluation/metric.hpp"
#include "tests/evaluation/metric_example.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using testing::value_of;

// Two scores are "red", the third is "blue".
struct TwoReds {
  std::vector<float> values = {0.1F, 0.6F, 0.3F, /**/ 0.5F, 0.1F, 0.4F, /**/ 0.3F, 0.3F, 0.4F, /**/ 0.2F, 0.4F, 0.4F};
  std::vector<float> before = {0.6F, 0.1F, 0.3F, /**/ 0.1F, 0.5F, 0.4F, /**/ 0.4F, 0.3F, 0.3F, /**/ 0.1F, 0.2F, 0.7F};
  std::vector<std::uint32_t> truth = {0, 0, 1, 1};
  std::vector<std::uint32_t> model_class = {0, 2};
  std::vector<std::uint32_t> label_of = {0, 0, 2};

  Answers answers() const {
    Answers answers;
    answers.samples = 4;
    answers.width = 3;
    answers.values = values;
    answers.baseline = before;
    answers.truth = truth;
    answers.model_class = model_class;
    answers.label_of = label_of;
    answers.scores = true;
    find_answers(answers);
    return answers;
  }
};

TEST(Labels, AnAnswerIsRightIfItsLabelIs) {
  const TwoReds example;
  const Answers answers = example.answers();
  EXPECT_THAT(answers.answers, ElementsAre(0U, 0U, 2U, 0U));  // a tie goes to the lower score
  EXPECT_DOUBLE_EQ(value_of("accuracy", answers), 0.75);
  EXPECT_DOUBLE_EQ(value_of("mean_accuracy", answers), 0.75);
  EXPECT_THAT(confusion_cells(answers),
              ElementsAre(ConfusionCell{0, 0, 2}, ConfusionCell{1, 0, 1}, ConfusionCell{1, 1, 1}));
}

TEST(Labels, AgreeWhicheverOfTheirScoresIsTheHighest) {
  const TwoReds example;
  EXPECT_DOUBLE_EQ(value_of("top1_agreement", example.answers()), 0.5);  // of the first two
  EXPECT_DOUBLE_EQ(value_of("top2_agreement", example.answers()), 1);    // there are no more than two labels
  EXPECT_DOUBLE_EQ(value_of("top2_accuracy", example.answers()), 1);
  EXPECT_DOUBLE_EQ(value_of("worst_class_drop", example.answers()), 0);
}

TEST(Labels, AreAsLikelyAsTheLargestOfTheirScores) {
  const TwoReds example;
  EXPECT_NEAR(value_of("nll", example.answers()), -(std::log(0.6) + std::log(0.5) + 2 * std::log(0.4)) / 4, 1e-6);
}

// The figures of labels that all differ, computed by collapsing the scores first.
TEST(Labels, CountAsOneScoreOfTheLargest) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 100; ++round) {
    const std::size_t labels = 2 + random() % 5;
    const std::size_t width = labels + random() % 5;
    const std::size_t samples = 1 + random() % 20;
    std::vector<std::uint32_t> label(width);  // of each score
    for (std::size_t i = 0; i < width; ++i) label[i] = static_cast<std::uint32_t>(i < labels ? i : random() % labels);
    std::vector<float> order(width * samples);
    std::iota(order.begin(), order.end(), 1.0F);  // no two are equal
    std::shuffle(order.begin(), order.end(), random);
    std::vector<float> before = order;
    std::shuffle(before.begin(), before.end(), random);
    std::vector<std::uint32_t> truth(samples);
    for (auto& of_sample : truth) of_sample = static_cast<std::uint32_t>(random() % labels);
    std::vector<std::uint32_t> model_class(labels);
    std::iota(model_class.begin(), model_class.end(), 0U);
    const auto collapse = [&](const std::vector<float>& values) {
      std::vector<float> collapsed(labels * samples, 0);
      for (std::size_t i = 0; i < values.size(); ++i) {
        float& score = collapsed[i / width * labels + label[i % width]];
        score = std::max(score, values[i]);
      }
      return collapsed;
    };
    const auto answers_of = [&](const auto& values, const auto& old, std::size_t columns) {
      Answers answers;
      answers.samples = samples;
      answers.width = columns;
      answers.values = values;
      answers.baseline = old;
      answers.truth = truth;
      answers.model_class = model_class;
      answers.scores = true;
      return answers;
    };
    Answers several = answers_of(order, before, width);
    several.label_of = label;
    find_answers(several);
    const std::vector<float> one_order = collapse(order);
    const std::vector<float> one_before = collapse(before);
    Answers one = answers_of(one_order, one_before, labels);
    find_answers(one);
    EXPECT_EQ(several.answers, one.answers);
    EXPECT_EQ(confusion_cells(several), confusion_cells(one));
    for (const char* metric : {"accuracy", "mean_accuracy", "top2_accuracy", "top3_accuracy", "macro_f1",
                               "top1_agreement", "top2_agreement", "worst_class_accuracy", "worst_class_drop"}) {
      EXPECT_EQ(value_of(metric, several), value_of(metric, one)) << metric;
    }
  }
}

}  // namespace
}  // namespace goldilocks::evaluation
