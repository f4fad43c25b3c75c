// Answers that are no numbers.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/evaluate_answers.hpp"
#include "core/evaluation/metric.hpp"
#include "tests/evaluation/metric_example.hpp"
#include "tests/evaluation/not_a_number.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using testing::Example;
using testing::value_of;

TEST(Metrics, NothingButNanIsRightAboutNothing) {
  Example example;
  std::fill(example.values.begin(), example.values.end(), float_nan);
  example.model_class = {0, 1};  // the lowest index is the first answer of nothing but NaN
  const Answers answers = example.answers();
  EXPECT_EQ(value_of("accuracy", answers), 0);
  EXPECT_EQ(value_of("mean_accuracy", answers), 0);
  EXPECT_EQ(value_of("top5_accuracy", answers), 0);
  EXPECT_EQ(value_of("macro_f1", answers), 0);
  EXPECT_TRUE(std::isnan(value_of("nll", answers)));
  EXPECT_TRUE(std::isnan(value_of("kl", answers)));
  EXPECT_TRUE(std::isnan(value_of("ece", answers)));
  EXPECT_TRUE(std::isnan(value_of("max_difference", answers)));
  EXPECT_THAT(confusion_cells(answers), ElementsAre(ConfusionCell{0, 2, 3}, ConfusionCell{1, 2, 1}));
  EXPECT_EQ(count_unanswered(answers), 4U);
}

TEST(Metrics, NanAgreesWithNothingAndNotWithItself) {
  Example example;
  std::fill(example.values.begin(), example.values.end(), float_nan);
  std::fill(example.before.begin(), example.before.end(), float_nan);
  const Answers answers = example.answers();
  EXPECT_EQ(value_of("top1_agreement", answers), 0);
  EXPECT_EQ(value_of("top3_agreement", answers), 0);
  EXPECT_THAT(answers.baseline_answers, ElementsAre(no_answer, no_answer, no_answer, no_answer));
}

TEST(Metrics, AnInfiniteScoreIsNoAnswerAndANumberBesideNanIs) {
  Example example;
  const float infinity = std::numeric_limits<float>::infinity();
  example.values = {infinity,       0,         1,         /**/ float_nan, float_nan, 0.3F,
                    /**/ -infinity, -infinity, -infinity, /**/ -infinity, 2,         1};
  const Answers answers = example.answers();
  EXPECT_THAT(answers.answers, ElementsAre(no_answer, 2U, no_answer, 1U));
  EXPECT_EQ(count_unanswered(answers), 2U);
  EXPECT_DOUBLE_EQ(value_of("accuracy", answers), 0.25);
}

TEST(Metrics, OfAnOutputThatIsNoScoresASampleWithAValueThatIsNotFiniteHasNoAnswer) {
  const std::vector<float> values = {1, float_nan, /**/ 1, 2, /**/ std::numeric_limits<float>::infinity(), 3};
  Answers answers;
  answers.samples = 3;
  answers.width = 2;
  answers.values = values;
  find_answers(answers);
  EXPECT_EQ(count_unanswered(answers), 2U);
}

}  // namespace
}  // namespace goldilocks::evaluation
