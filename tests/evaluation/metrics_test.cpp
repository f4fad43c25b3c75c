#include "core/evaluation/metrics.hpp"

#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/evaluation/not_a_number.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;

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
  const std::vector<float> scores = {float_nan, -infinity, /**/ float_nan, float_nan, /**/ 2.0F, float_nan};
  EXPECT_THAT(top1({scores, 2}), ElementsAre(1U, 0U, 0U));
}

TEST(Top1, OfNoSamplesIsNothing) {
  EXPECT_TRUE(top1({{}, 3}).empty());
  EXPECT_TRUE(top1({{}, 0}).empty());
}

}  // namespace
}  // namespace goldilocks::evaluation
