#include "core/evaluation/interval.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

TEST(WilsonInterval, IsThatOfNewcombesExamples) {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I.
  struct Example {
    double right, trials, lower, upper;
  };
  for (const Example& example : {Example{81, 263, 0.2553, 0.3662}, Example{15, 148, 0.0624, 0.1605},
                                 Example{0, 20, 0.0000, 0.1611}, Example{1, 29, 0.0061, 0.1718}}) {
    const Interval interval = wilson_interval(example.right / example.trials, example.trials, 0.95);
    EXPECT_NEAR(interval.lower, example.lower, 5e-5) << example.right << " of " << example.trials;
    EXPECT_NEAR(interval.upper, example.upper, 5e-5) << example.right << " of " << example.trials;
    EXPECT_EQ(interval.method, "wilson");
    EXPECT_EQ(interval.confidence, 0.95);
  }
}

TEST(WilsonInterval, EndsWhereTheScoreTestJustAccepts) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 500; ++round) {
    const double n = std::uniform_int_distribution<int>(1, 2000)(random);
    const double p = std::floor(std::uniform_real_distribution<double>(0, n + 1)(random)) / n;
    if (p > 1) continue;
    const double confidence = std::uniform_real_distribution<double>(0.5, 0.999)(random);
    const Interval interval = wilson_interval(p, n, confidence);
    const double z = normal_reach(confidence);
    for (const double end : {interval.lower, interval.upper}) {
      if (end == 0 || end == 1) continue;
      EXPECT_NEAR(std::abs(p - end) / std::sqrt(end * (1 - end) / n), z, 1e-6) << p << " of " << n;
    }
  }
}

TEST(WilsonInterval, HasAWidthAtTheEndsAndStaysWithin) {
  EXPECT_EQ(wilson_interval(0, 10, 0.95).lower, 0);
  EXPECT_GT(wilson_interval(0, 10, 0.95).upper, 0.2);
  EXPECT_EQ(wilson_interval(1, 10, 0.95).upper, 1);
  EXPECT_LT(wilson_interval(1, 10, 0.95).lower, 0.8);
}

TEST(WilsonInterval, OfNothingIsEverything) {
  const Interval interval = wilson_interval(0, 0, 0.9);
  EXPECT_EQ(interval.lower, 0);
  EXPECT_EQ(interval.upper, 1);
}

TEST(WilsonInterval, RefusesWhatIsNoShareAndNoConfidence) {
  EXPECT_THROW(wilson_interval(1.1, 10, 0.95), std::invalid_argument);
  EXPECT_THROW(wilson_interval(std::numeric_limits<double>::quiet_NaN(), 10, 0.95), std::invalid_argument);
  EXPECT_THROW(wilson_interval(0.5, 10, 1), std::invalid_argument);
  EXPECT_THROW(wilson_interval(0.5, 10, 0), std::invalid_argument);
}

TEST(MeanShareInterval, OfEqualClassesIsThatOfAllSamples) {
  const std::vector<std::size_t> right = {60, 60, 60};
  const std::vector<std::size_t> count = {100, 100, 100};
  const Interval mean = mean_share_interval(right, count, 0.95);
  const Interval all = wilson_interval(0.6, 300, 0.95);
  EXPECT_NEAR(mean.lower, all.lower, 1e-12);
  EXPECT_NEAR(mean.upper, all.upper, 1e-12);
}

TEST(MeanShareInterval, IsNarrowerWhereClassesDifferAndWiderWhereOneIsSmall) {
  const auto width = [](std::vector<std::size_t> right, std::vector<std::size_t> count) {
    const Interval interval = mean_share_interval(right, count, 0.95);
    return interval.upper - interval.lower;
  };
  EXPECT_LT(width({5, 95}, {100, 100}), 0.6 * width({50, 50}, {100, 100}));
  EXPECT_GT(width({50, 2}, {100, 5}), 1.5 * width({50, 50}, {100, 100}));
}

TEST(MeanShareInterval, LeavesOutClassesWithoutASample) {
  const std::vector<std::size_t> right = {60, 0, 70};
  const std::vector<std::size_t> count = {100, 0, 100};
  const Interval with = mean_share_interval(right, count, 0.95);
  const Interval without =
      mean_share_interval(std::vector<std::size_t>{60, 70}, std::vector<std::size_t>{100, 100}, 0.95);
  EXPECT_EQ(with.lower, without.lower);
  EXPECT_EQ(with.upper, without.upper);
  EXPECT_EQ(mean_share_interval({}, {}, 0.95).upper, 1);
}

}  // namespace
}  // namespace goldilocks::evaluation
