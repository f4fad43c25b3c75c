#include "core/evaluation/power.hpp"

#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

// (1.959964 + 0.841621)^2 = 7.84888
TEST(SamplesToShowBelow, ByHand) {
  EXPECT_EQ(samples_to_show_below(0, 0.01, 0.05, 0.95, 0.8), 3925U);  // 7.84888 * 0.05 / 0.0001 = 3924.4
  EXPECT_EQ(samples_to_show_below(0.005, 0.01, 0.05, 0.95, 0.8), 15690U);
}

TEST(SamplesToShowBelow, IsNoneAtOrAboveTheLimit) {
  EXPECT_EQ(samples_to_show_below(0.01, 0.01, 0.05, 0.95, 0.8), 0U);
  EXPECT_EQ(samples_to_show_below(0.02, 0.01, 0.05, 0.95, 0.8), 0U);
}

TEST(SamplesToShowBelow, FallsWithRoomAndGrowsWithConfidence) {
  const auto usual = samples_to_show_below(0.002, 0.02, 0.05, 0.95, 0.8);
  EXPECT_LT(samples_to_show_below(-0.01, 0.02, 0.05, 0.95, 0.8), usual);
  EXPECT_GT(samples_to_show_below(0.002, 0.02, 0.05, 0.99, 0.8), usual);
  EXPECT_GT(samples_to_show_below(0.002, 0.02, 0.05, 0.95, 0.9), usual);
  EXPECT_GT(samples_to_show_below(0.002, 0.02, 0.10, 0.95, 0.8), usual);
}

TEST(SamplesToNotice, ByHand) {
  // (1.959964 * sqrt(0.05) + 0.841621 * sqrt(0.05 - 0.0001))^2 / 0.0001 = 3922.08
  EXPECT_EQ(samples_to_notice(0.01, 0.05, 0.95, 0.8), 3923U);
}

TEST(SamplesToNotice, IsNoneForWhatCannotBe) {
  EXPECT_EQ(samples_to_notice(0.1, 0.05, 0.95, 0.8), 0U);
  EXPECT_EQ(samples_to_notice(0, 0.05, 0.95, 0.8), 0U);
  EXPECT_EQ(samples_to_notice(-0.1, 0.05, 0.95, 0.8), 0U);
}

}  // namespace
}  // namespace goldilocks::evaluation
