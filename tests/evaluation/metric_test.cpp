#include "core/evaluation/metric.hpp"

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/evaluate_answers.hpp"
#include "core/evaluation/metrics/families.hpp"
#include "tests/evaluation/metric_example.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using testing::Example;
using ::testing::HasSubstr;
using testing::value_of;

TEST(Metrics, OfRightAnswersByHand) {
  const Example example;
  const Answers answers = example.answers();  // right, wrong, wrong (no class of the dataset), right
  EXPECT_DOUBLE_EQ(value_of("accuracy", answers), 0.5);
  EXPECT_DOUBLE_EQ(value_of("mean_accuracy", answers), (1.0 / 3 + 1) / 2);
  EXPECT_DOUBLE_EQ(value_of("top2_accuracy", answers), 0.75);
  EXPECT_DOUBLE_EQ(value_of("worst_class_accuracy", answers), 1.0 / 3);
  // Class 0: one right of three, answered once. Class 1: one right of one, answered twice.
  EXPECT_DOUBLE_EQ(value_of("macro_f1", answers), (2.0 * 1 / (3 + 1) + 2.0 * 1 / (1 + 2)) / 2);
  EXPECT_NEAR(value_of("nll", answers), -(std::log(0.7) + std::log(0.1) + std::log(0.3) + std::log(0.7)) / 4, 1e-6);
}

TEST(Metrics, AgainstTheBaselineByHand) {
  const Example example;
  const Answers answers = example.answers();
  EXPECT_DOUBLE_EQ(value_of("top1_agreement", answers), 0.75);
  EXPECT_DOUBLE_EQ(value_of("top2_agreement", answers), 0.75);  // 2 is the last of the second sample
  EXPECT_DOUBLE_EQ(value_of("top3_agreement", answers), 1);
  // Class 0 lost one of its three samples, class 1 none.
  EXPECT_DOUBLE_EQ(value_of("worst_class_drop", answers), 1.0 / 3);
  EXPECT_TRUE(find_metric("worst_class_drop")->against_baseline());
  const double first = 0.1 * std::log(0.1 / 0.2) + 0.8 * std::log(0.8 / 0.7);
  const double second = 0.2 * std::log(0.2 / 0.6) + 0.2 * std::log(0.2 / 0.3) + 0.6 * std::log(0.6 / 0.1);
  EXPECT_NEAR(value_of("kl", answers), (first + second) / 4, 1e-6);
  EXPECT_NEAR(value_of("max_difference", answers), 0.5, 1e-6);
  EXPECT_NEAR(value_of("mean_difference", answers), (0.1 + 0.1 + 0.4 + 0.1 + 0.5) / 12, 1e-6);
}

TEST(Metrics, ConfusionCellsByHand) {
  const Example example;
  EXPECT_THAT(confusion_cells(example.answers()), ElementsAre(ConfusionCell{0, 0, 1}, ConfusionCell{0, 1, 1},
                                                              ConfusionCell{0, 2, 1}, ConfusionCell{1, 1, 1}));
}

TEST(Metrics, TopFiveEndsAfterTheFifth) {
  const std::vector<float> values = {6, 5, 4, 3, 2, 1, /**/ 6, 5, 4, 3, 2, 1, /**/ 1, 1, 1, 1, 1, 1};
  const std::vector<std::uint32_t> model_class = {0, 1, 2, 3, 4, 5};
  const std::vector<std::uint32_t> truth = {4, 5, 5};  // fifth; sixth; sixth by the tie
  Answers answers;
  answers.samples = 3;
  answers.width = 6;
  answers.values = values;
  answers.truth = truth;
  answers.model_class = model_class;
  answers.scores = true;
  find_answers(answers);
  EXPECT_DOUBLE_EQ(value_of("top5_accuracy", answers), 1.0 / 3.0);
}

TEST(Metrics, ClassesWithoutSamplesDontCountInTheMean) {
  Example example;
  example.truth = {0, 0, 0, 0};
  EXPECT_DOUBLE_EQ(value_of("mean_accuracy", example.answers()), value_of("accuracy", example.answers()));
}

TEST(Metrics, PairedCountsByHand) {
  const Example example;
  Example old = example;
  old.values = old.before;
  const auto classes = paired_counts(old.answers(), example.answers());
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[0].both_right, 1U);
  EXPECT_EQ(classes[0].only_baseline_right, 1U);
  EXPECT_EQ(classes[0].both_wrong, 1U);
  EXPECT_EQ(classes[1].both_right, 1U);
}

// numpy: noise = fp - q; 10 log10(mean(q^2) / (mean(noise^2) + 1e-7)), and max(q^2) for the peak.
TEST(Metrics, SignalToNoiseAsCoremltoolsHasIt) {
  const std::vector<float> before = {1, 2, 3, 4, /**/ 1, 1, 1, 1};
  const std::vector<float> after = {1, 2, 3, 5, /**/ 1, 1, 1, 1};
  Answers answers;
  answers.samples = 2;
  answers.width = 4;
  answers.values = after;
  answers.baseline = before;
  find_answers(answers);
  const double first = 10 * std::log10((39.0 / 4) / (0.25 + 1e-7));
  const double second = 10 * std::log10(1 / 1e-7);
  EXPECT_NEAR(value_of("snr", answers), (first + second) / 2, 1e-9);
  EXPECT_NEAR(value_of("psnr", answers), (10 * std::log10(25 / (0.25 + 1e-7)) + second) / 2, 1e-9);
  EXPECT_FALSE(has(answers, Needs::scores_before));
}

TEST(Metrics, CalibrationErrorByHand) {
  // Two answers of probability 0.9, one of them wrong: |1.8 - 1| / 3; and one of 0.6, right: |0.6 - 1| / 3.
  const std::vector<float> values = {0.9F, 0.1F, /**/ 0.9F, 0.1F, /**/ 0.4F, 0.6F};
  const std::vector<std::uint32_t> truth = {0, 1, 1};
  const std::vector<std::uint32_t> model_class = {0, 1};
  Answers answers;
  answers.samples = 3;
  answers.width = 2;
  answers.values = values;
  answers.truth = truth;
  answers.model_class = model_class;
  answers.scores = true;
  find_answers(answers);
  EXPECT_NEAR(value_of("ece", answers), (0.8 + 0.4) / 3, 1e-6);
}

TEST(Metrics, OfTargetsByHand) {
  const std::vector<float> values = {1, 2, /**/ 3, 5};
  const std::vector<float> targets = {1, 4, /**/ 2, 2};
  Answers answers;
  answers.samples = 2;
  answers.width = 2;
  answers.values = values;
  answers.targets = targets;
  find_answers(answers);
  EXPECT_DOUBLE_EQ(value_of("mse", answers), (4.0 + 1 + 9) / 4);
  EXPECT_DOUBLE_EQ(value_of("mae", answers), (2.0 + 1 + 3) / 4);
  EXPECT_FALSE(has(answers, Needs::targets_before));
  const std::vector<float> baseline = {1, 3, /**/ 2, 4};
  answers.baseline = baseline;
  EXPECT_DOUBLE_EQ(value_of("mse_rise", answers), (4.0 + 1 + 9) / 4 - (1.0 + 4) / 4);
  EXPECT_DOUBLE_EQ(value_of("mae_rise", answers), (2.0 + 1 + 3) / 4 - (1.0 + 2) / 4);
}

TEST(Probabilities, AreTakenAsTheyAreOrBySoftmax) {
  const std::vector<float> proper = {0.25F, 0.75F};
  EXPECT_THAT(probabilities(proper), ElementsAre(0.25, 0.75));
  const std::vector<float> logits = {1000.0F, 1000.0F + std::log(3.0F)};
  EXPECT_NEAR(probabilities(logits)[1], 0.75, 1e-4);
  EXPECT_NEAR(divergence(proper, logits), 0, 1e-6);
}

TEST(Probabilities, OfZeroDontMakeADivergenceInfinite) {
  const std::vector<float> before = {0.5F, 0.5F};
  const std::vector<float> after = {1.0F, 0.0F};
  EXPECT_NEAR(divergence(before, after), 0.5 * std::log(0.5) + 0.5 * (std::log(0.5) - std::log(1e-12)), 1e-9);
}

TEST(FindMetric, KnowsNamesAndNumbers) {
  EXPECT_EQ(find_metric("top5_accuracy")->name, "top5_accuracy");
  EXPECT_EQ(find_metric("top17_agreement")->name, "top17_agreement");
  for (const char* name : {"", "top_accuracy", "top0_accuracy", "top05_accuracy", "top1001_accuracy", "top5",
                           "topx_accuracy", "top5_accuracy_", "confusion", "top_agreement"}) {
    EXPECT_FALSE(find_metric(name)) << name;
  }
  for (const Metric& metric : metrics()) EXPECT_EQ(find_metric(metric.name)->name, metric.name);
}

TEST(FindAnswers, RefusesWhatDoesNotFit) {
  const Example example;
  const auto refuses = [&](const auto& change) {
    Answers answers = example.answers();
    change(answers);
    EXPECT_THROW(find_answers(answers), std::invalid_argument);
  };
  refuses([](Answers& answers) { answers.width = 4; });
  refuses([](Answers& answers) { answers.baseline = answers.baseline.first(3); });
  refuses([](Answers& answers) { answers.targets = answers.values.first(3); });
  refuses([](Answers& answers) { answers.truth = answers.truth.first(3); });
  const std::vector<std::uint32_t> beyond = {2, 3};
  refuses([&](Answers& answers) { answers.model_class = beyond; });
  refuses([](Answers& answers) { answers.model_class = answers.model_class.first(1); });
  refuses([](Answers& answers) { answers.image = true; });
}

TEST(Metrics, AreSummedUpInALine) {
  for (const Metric& metric : metrics()) {
    EXPECT_GT(metric.summary.size(), 20U) << metric.name;
    EXPECT_LT(metric.summary.size(), 120U) << metric.name;
  }
  EXPECT_THAT(to_text(Needs::targets), HasSubstr("targets"));
}

}  // namespace
}  // namespace goldilocks::evaluation
