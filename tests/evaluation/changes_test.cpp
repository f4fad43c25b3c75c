// Metrics of what changes sample by sample: flips, directions of vectors, and the tail of the divergences.
#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/evaluate_answers.hpp"
#include "core/evaluation/metrics/families.hpp"
#include "core/evaluation/quantile.hpp"
#include "tests/evaluation/metric_example.hpp"

namespace goldilocks::evaluation {
namespace {

using testing::Example;
using testing::value_of;

TEST(Flips, AreCountedInBothDirections) {
  Example example;  // right before: yes, yes, no, yes; after: yes, no, no, yes
  EXPECT_DOUBLE_EQ(value_of("flips_to_wrong", example.answers()), 0.25);
  EXPECT_DOUBLE_EQ(value_of("flips_to_right", example.answers()), 0);
  EXPECT_DOUBLE_EQ(value_of("qoi", example.answers()), 0.75);
  std::swap(example.values, example.before);
  EXPECT_DOUBLE_EQ(value_of("flips_to_wrong", example.answers()), 0);
  EXPECT_DOUBLE_EQ(value_of("flips_to_right", example.answers()), 0.25);
  EXPECT_DOUBLE_EQ(value_of("qoi", example.answers()), 1);
}

Answers of_vectors(const std::vector<float>& values, const std::vector<float>& before, std::size_t width,
                   const std::vector<float>& targets = {}) {
  Answers answers;
  answers.samples = values.size() / width;
  answers.width = width;
  answers.values = values;
  answers.baseline = before;
  answers.targets = targets;
  find_answers(answers);
  return answers;
}

TEST(Qoi, OfTargetsCountsErrorsThatAreNoLarger) {
  const std::vector<float> targets = {1, 1, /**/ 2, 2, /**/ 3, 3, /**/ 4, 4};
  const std::vector<float> before = {1, 2, /**/ 2, 3, /**/ 3, 3, /**/ 4, 5};
  // As far off on the other side; nearer; off where it was exact; not a number.
  const std::vector<float> after = {1, 0, /**/ 2, 2.5F, /**/ 3, 3.5F, /**/ 4, std::nanf("")};
  const Answers answers = of_vectors(after, before, 2, targets);
  EXPECT_DOUBLE_EQ(value_of("qoi", answers), 0.5);
  const Measured measured = qoi().measure(answers, 0.95);
  EXPECT_EQ(measured.interval.value().method, "wilson");
  EXPECT_FALSE(has(of_vectors(after, before, 2), Needs::truth_before));
}

TEST(Cosine, ByHand) {
  const std::vector<float> before = {1, 0, /**/ 3, 4, /**/ 0, 0, /**/ 0, 0};
  const std::vector<float> after = {0, 2, /**/ 6, 8, /**/ 0, 0, /**/ 1, 0};
  EXPECT_DOUBLE_EQ(value_of("cosine", of_vectors(after, before, 2)), (0.0 + 1 + 1 + 0) / 4);
}

TEST(RetrievalAgreement, AsksForTheNearestOther) {
  // Directions of 0, 10, 80, 100 and 200 degrees; then the second has turned to 50, nearer to the third.
  const auto directions = [](const std::vector<double>& degrees) {
    std::vector<float> values;
    for (const double degree : degrees) {
      values.push_back(static_cast<float>(3 * std::cos(degree * M_PI / 180)));
      values.push_back(static_cast<float>(3 * std::sin(degree * M_PI / 180)));
    }
    return values;
  };
  const std::vector<float> before = directions({0, 10, 80, 100, 200});
  const std::vector<float> after = directions({0, 50, 80, 100, 200});
  EXPECT_DOUBLE_EQ(value_of("retrieval_agreement", of_vectors(before, before, 2)), 1);
  EXPECT_DOUBLE_EQ(value_of("retrieval_agreement", of_vectors(after, before, 2)), 4.0 / 5);
  ThreadPool pool(1);
  const auto names = [&](FigureSettings settings) {
    std::vector<std::string> all;
    for (const FigureValue& figure : compute_figures(of_vectors(after, before, 2), settings, pool)) {
      all.push_back(figure.metric);
    }
    return all;
  };
  EXPECT_THAT(names({}), ::testing::Not(::testing::Contains("retrieval_agreement")));
  EXPECT_THAT(names({.metrics = {}, .also = {"retrieval_agreement", "cosine"}}),
              ::testing::IsSupersetOf({"retrieval_agreement", "cosine", "snr"}));
  EXPECT_THAT(names({.metrics = {"retrieval_agreement"}}), ::testing::ElementsAre("retrieval_agreement"));
}

TEST(RetrievalAgreement, AgreesWithASearchByHandOnLongVectors) {
  std::mt19937 random(7);
  const std::size_t samples = 40;
  const std::size_t width = 19;
  std::vector<float> before(samples * width);
  for (float& value : before) value = static_cast<float>(random() % 2001) / 1000 - 1;
  std::vector<float> after = before;
  for (float& value : after) value += static_cast<float>(random() % 2001) / 4000 - 0.25F;
  const auto nearest = [&](const std::vector<float>& values, std::size_t i) {
    std::size_t best = samples;
    double most = -2;
    for (std::size_t j = 0; j < samples; ++j) {
      double product = 0;
      double a = 0;
      double b = 0;
      for (std::size_t k = 0; k < width; ++k) {
        const double x = values[i * width + k];
        const double y = values[j * width + k];
        product += x * y;
        a += x * x;
        b += y * y;
      }
      const double cosine = product / std::sqrt(a * b);
      if (j == i || cosine <= most) continue;
      most = cosine;
      best = j;
    }
    return best;
  };
  double same = 0;
  for (std::size_t i = 0; i < samples; ++i) same += nearest(before, i) == nearest(after, i) ? 1 : 0;
  EXPECT_GT(same, 3);
  EXPECT_LT(same, 40);
  EXPECT_DOUBLE_EQ(value_of("retrieval_agreement", of_vectors(after, before, width)), same / samples);
}

TEST(Divergences, HaveTails) {
  // 99 samples that stay as they are, and one that turns.
  std::vector<float> before;
  for (int i = 0; i < 100; ++i) before.insert(before.end(), {0.9F, 0.1F});
  std::vector<float> after = before;
  after[84] = 0.1F;
  after[85] = 0.9F;
  Answers answers = of_vectors(after, before, 2);
  answers.scores = true;
  find_answers(answers);
  const double worst = 0.8 * std::log(9.0);
  EXPECT_NEAR(value_of("kl", answers), worst / 100, 1e-6);
  EXPECT_DOUBLE_EQ(value_of("kl_p50", answers), 0);
  EXPECT_NEAR(value_of("kl_p99", answers), worst * 0.01, 1e-6) << "numpy.percentile";
  EXPECT_NEAR(value_of("kl_p99.9", answers), worst * 0.901, 1e-6);
  const Measured median = find_metric("kl_p50")->measure(answers, 0.95);
  EXPECT_EQ(median.interval.value().upper, 0);
  const Measured high = find_metric("kl_p99.9")->measure(answers, 0.95);
  EXPECT_EQ(high.interval.value().upper, std::numeric_limits<double>::infinity()) << "100 samples don't show it";
  ThreadPool pool(1);
  std::vector<std::string> usual;
  for (const FigureValue& figure : compute_figures(answers, {}, pool)) usual.push_back(figure.metric);
  EXPECT_THAT(usual, ::testing::Contains("kl_p99"));
  EXPECT_THAT(usual, ::testing::Not(::testing::Contains("kl_p99.9"))) << "not one of 100 lies beyond it";
}

TEST(Quantiles, IntervalsAreThoseOfTheBinomialDistribution) {
  // scipy.stats.binom: of 100 values the 40th and the 61st for the median, of 1000 the 983rd and the 997th for 99 %.
  const QuantileRanks median = quantile_ranks(100, 0.5, 0.95);
  EXPECT_EQ(median.lower, 40U);
  EXPECT_EQ(median.upper, 61U);
  const QuantileRanks high = quantile_ranks(1000, 0.99, 0.95);
  EXPECT_EQ(high.lower, 983U);
  EXPECT_EQ(high.upper, 997U);
  EXPECT_EQ(quantile_ranks(5, 0.5, 0.95).lower, 0U);
  EXPECT_EQ(quantile_ranks(5, 0.5, 0.95).upper, 6U);
  EXPECT_THROW(quantile_ranks(5, 0.5, 1), std::invalid_argument);
}

TEST(Quantiles, IntervalsHoldTheTruthAsOftenAsTheySay) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform;
  int holds = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<double> values(300);
    for (double& value : values) value = uniform(random);
    std::ranges::sort(values);
    const Interval interval = quantile_interval(values, 0.9, 0.95, 0);
    holds += interval.lower <= 0.9 && 0.9 <= interval.upper ? 1 : 0;
  }
  EXPECT_GE(holds, 1900);
  EXPECT_LE(holds, 1960);
}

}  // namespace
}  // namespace goldilocks::evaluation
