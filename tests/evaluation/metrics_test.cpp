#include "core/evaluation/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;

const float nan = std::numeric_limits<float>::quiet_NaN();
const float infinity = std::numeric_limits<float>::infinity();

TEST(Top1, IsTheIndexOfTheHighestScore) {
  const std::vector<float> scores = {0.1F, 0.7F, 0.2F, /**/ 3.0F, -1.0F, 2.0F};
  EXPECT_THAT(top1({scores, 3}), ElementsAre(1U, 0U));
}

TEST(Top1, ATieGoesToTheLowestIndex) {
  const std::vector<float> scores = {0.0F, 5.0F, 5.0F, /**/ 1.0F, 1.0F, 1.0F};
  EXPECT_THAT(top1({scores, 3}), ElementsAre(1U, 0U));
}

TEST(Top1, NanIsBelowAllNumbers) {
  const std::vector<float> scores = {nan, -infinity, /**/ nan, nan, /**/ 2.0F, nan};
  EXPECT_THAT(top1({scores, 2}), ElementsAre(1U, 0U, 0U));
}

TEST(Top1, OfNoSamplesIsNothing) {
  EXPECT_TRUE(top1({{}, 3}).empty());
  EXPECT_TRUE(top1({{}, 0}).empty());
}

TEST(ClassificationMetrics, ByHand) {
  // Two dataset classes, which are classes 2 and 0 of a model with three. Class 0 has three samples, of which two are
  // answered right; class 1 has one, which is right.
  const std::vector<float> scores = {0.1F, 0.2F, 0.7F,   // right
                                     0.1F, 0.8F, 0.1F,   // wrong: the model's class 1, which the dataset doesn't have
                                     0.3F, 0.3F, 0.4F,   // right
                                     0.5F, 0.2F, 0.3F};  // right
  const std::vector<std::uint32_t> truth = {0, 0, 0, 1};
  const std::vector<std::uint32_t> model_class = {2, 0};
  const auto metrics = classification_metrics({scores, 3}, truth, model_class);
  EXPECT_THAT(metrics.class_accuracy, ElementsAre(2.0 / 3.0, 1.0));
  EXPECT_DOUBLE_EQ(metrics.mean_accuracy, (2.0 / 3.0 + 1.0) / 2.0);
  EXPECT_DOUBLE_EQ(metrics.accuracy, 0.75);
  EXPECT_DOUBLE_EQ(metrics.top5_accuracy, 1.0);  // three classes only
}

TEST(ClassificationMetrics, TopFiveEndsAfterTheFifth) {
  const std::vector<float> scores = {6, 5, 4, 3, 2, 1, /**/ 6, 5, 4, 3, 2, 1, /**/ 1, 1, 1, 1, 1, 1};
  const std::vector<std::uint32_t> model_class = {0, 1, 2, 3, 4, 5};
  const std::vector<std::uint32_t> truth = {4, 5, 5};  // fifth; sixth; sixth by the tie
  EXPECT_DOUBLE_EQ(classification_metrics({scores, 6}, truth, model_class).top5_accuracy, 1.0 / 3.0);
}

TEST(ClassificationMetrics, AModelThatGivesNanIsRightAboutNothing) {
  const std::vector<float> scores = {nan, nan, /**/ nan, nan};
  const auto metrics =
      classification_metrics({scores, 2}, std::vector<std::uint32_t>{0, 1}, std::vector<std::uint32_t>{0, 1});
  EXPECT_EQ(metrics.accuracy, 0.0);
  EXPECT_EQ(metrics.top5_accuracy, 0.0);
  EXPECT_EQ(metrics.mean_accuracy, 0.0);
}

TEST(ClassificationMetrics, ClassesWithoutSamplesDontCountInTheMean) {
  const std::vector<float> scores = {1.0F, 0.0F};
  const auto metrics =
      classification_metrics({scores, 2}, std::vector<std::uint32_t>{0}, std::vector<std::uint32_t>{0, 1});
  EXPECT_THAT(metrics.class_accuracy, ElementsAre(1.0, 0.0));
  EXPECT_EQ(metrics.mean_accuracy, 1.0);
}

TEST(ClassificationMetrics, OfNoSamplesIsZeroAndNotNan) {
  const auto metrics = classification_metrics({{}, 2}, {}, std::vector<std::uint32_t>{0, 1});
  EXPECT_EQ(metrics.mean_accuracy, 0.0);
  EXPECT_EQ(metrics.accuracy, 0.0);
}

TEST(ClassificationMetrics, SizesThatDontFitAreRefused) {
  const std::vector<float> scores = {1, 2, 3, 4};
  const std::vector<std::uint32_t> classes = {0, 1};
  const std::vector<std::uint32_t> two = {0, 1};
  const std::vector<std::uint32_t> one = {0};
  const std::vector<std::uint32_t> beyond = {0, 2};
  EXPECT_THROW(classification_metrics({scores, 3}, two, classes), std::invalid_argument);
  EXPECT_THROW(classification_metrics({scores, 0}, two, classes), std::invalid_argument);
  EXPECT_THROW(classification_metrics({scores, 2}, one, classes), std::invalid_argument);
  EXPECT_THROW(classification_metrics({scores, 2}, beyond, classes), std::invalid_argument);
  EXPECT_THROW(classification_metrics({scores, 2}, two, beyond), std::invalid_argument);
}

// The same by sorting all classes of each sample.
struct Sorted {
  std::vector<std::size_t> order;
  Sorted(const std::vector<float>& scores, std::size_t classes, std::size_t sample) : order(classes) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto key = [&](std::size_t i) {
      const float score = scores[sample * classes + i];
      return std::isnan(score) ? -infinity : score;
    };
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; });
  }
};

TEST(ClassificationMetrics, AgreesWithSortingOnRandomScoresWithTies) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const std::size_t classes = 1 + random() % 12;
    const std::size_t samples = 1 + random() % 30;
    std::vector<float> scores(classes * samples);
    for (float& score : scores) score = random() % 10 == 0 ? nan : static_cast<float>(random() % 6);
    std::vector<std::uint32_t> model_class(classes);
    std::iota(model_class.begin(), model_class.end(), 0U);
    std::shuffle(model_class.begin(), model_class.end(), random);
    std::vector<std::uint32_t> truth(samples);
    for (auto& label : truth) label = static_cast<std::uint32_t>(random() % classes);

    std::size_t right = 0;
    std::size_t among_five = 0;
    const auto answers = top1({scores, classes});
    for (std::size_t i = 0; i < samples; ++i) {
      const std::size_t wanted = model_class[truth[i]];
      const auto order = Sorted(scores, classes, i).order;
      EXPECT_EQ(answers[i], order[0]);
      if (std::isnan(scores[i * classes + wanted])) continue;
      const auto place = std::find(order.begin(), order.end(), wanted) - order.begin();
      if (place == 0) ++right;
      if (place < 5) ++among_five;
    }
    const auto metrics = classification_metrics({scores, classes}, truth, model_class);
    EXPECT_DOUBLE_EQ(metrics.accuracy, static_cast<double>(right) / static_cast<double>(samples));
    EXPECT_DOUBLE_EQ(metrics.top5_accuracy, static_cast<double>(among_five) / static_cast<double>(samples));
  }
}

TEST(Top1Agreement, CountsEqualFirstAnswers) {
  const std::vector<float> a = {1, 0, /**/ 0, 1, /**/ 1, 0, /**/ 0, 1};
  const std::vector<float> b = {9, 8, /**/ 8, 9, /**/ 0, 1, /**/ 0, 5};
  EXPECT_DOUBLE_EQ(top1_agreement({a, 2}, {b, 2}), 0.75);
  EXPECT_DOUBLE_EQ(top1_agreement({a, 2}, {a, 2}), 1.0);
  EXPECT_THROW(top1_agreement({a, 2}, {b, 4}), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::evaluation
