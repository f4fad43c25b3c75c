#include "core/evaluation/median.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

TEST(SummarizeByMedian, IsTheMiddleAndHalfTheDistanceOfTheQuartiles) {
  EXPECT_EQ(summarize_by_median({3}, 0.95).median, 3);
  EXPECT_EQ(summarize_by_median({3}, 0.95).spread, 0);
  EXPECT_EQ(summarize_by_median({4, 1}, 0.95).median, 2.5);
  const MedianSummary five = summarize_by_median({5, 1, 1000, 2, 4}, 0.95);
  EXPECT_EQ(five.median, 4);
  EXPECT_EQ(five.spread, 1.5);  // from 2 to 5
}

// P(all of n on one side of the median) is 2^-n each way: 5 measurements allow 0.9375, 6 allow 0.96875.
TEST(SummarizeByMedian, HasAnIntervalWhereThereAreEnough) {
  EXPECT_FALSE(summarize_by_median({1, 2, 3, 4, 5}, 0.95).interval);
  const auto six = summarize_by_median({1, 2, 3, 4, 5, 6}, 0.95).interval;
  ASSERT_TRUE(six);
  EXPECT_EQ(six->lower, 1);
  EXPECT_EQ(six->upper, 6);
  EXPECT_EQ(six->confidence, 0.95);
  EXPECT_EQ(six->method, "order statistics");
  EXPECT_FALSE(summarize_by_median({1, 2, 3, 4, 5, 6}, 0.97).interval);
  // From tables of the binomial distribution: the 10th and the 21st of 30 at 0.95.
  std::vector<double> thirty;
  for (int i = 1; i <= 30; ++i) thirty.push_back(i);
  EXPECT_EQ(summarize_by_median(thirty, 0.95).interval->lower, 10);
  EXPECT_EQ(summarize_by_median(thirty, 0.95).interval->upper, 21);
}

TEST(SummarizeByMedian, TheIntervalHoldsTheMedianAtLeastAtItsRate) {
  std::mt19937 random(3);
  std::lognormal_distribution<double> times(0, 1);  // of median 1
  for (const std::size_t count : {7U, 30U, 101U}) {
    int held = 0;
    constexpr int rounds = 4000;
    for (int round = 0; round < rounds; ++round) {
      std::vector<double> values(count);
      for (double& value : values) value = times(random);
      const auto interval = summarize_by_median(values, 0.9).interval;
      ASSERT_TRUE(interval);
      held += interval->lower <= 1 && 1 <= interval->upper ? 1 : 0;
    }
    const double rate = static_cast<double>(held) / rounds;
    std::cout << "median of " << count << ", 90 %: " << rate << '\n';
    EXPECT_GE(rate, 0.885);  // three standard errors below
    EXPECT_LE(rate, 0.99);
  }
}

TEST(SummarizeByMedian, RefusesNothingAndNoConfidence) {
  EXPECT_THROW(summarize_by_median({}, 0.95), std::invalid_argument);
  EXPECT_THROW(summarize_by_median({1}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::evaluation
