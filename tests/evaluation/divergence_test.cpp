#include "core/evaluation/divergence.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

TEST(MeanDivergence, ByHand) {
  // The first sample's answers are the same; of the second a half became a quarter and a half three quarters.
  const std::vector<float> baseline{0.25F, 0.75F, /**/ 0.5F, 0.5F};
  const std::vector<float> scores{0.25F, 0.75F, /**/ 0.25F, 0.75F};
  const double second = 0.5 * std::log(2.0) + 0.5 * std::log(0.5 / 0.75);
  EXPECT_DOUBLE_EQ(mean_divergence({baseline, 2}, {scores, 2}), second / 2);
}

TEST(MeanDivergence, AnImpossibleAnswerCountsForNothingAndAnUnderflowIsFinite) {
  const std::vector<float> baseline{0, 1};
  const std::vector<float> sure{0.5F, 0.5F};
  const std::vector<float> wrong{1, 0};
  EXPECT_DOUBLE_EQ(mean_divergence({baseline, 2}, {sure, 2}), std::log(2.0));
  EXPECT_DOUBLE_EQ(mean_divergence({baseline, 2}, {wrong, 2}),
                   -std::log(static_cast<double>(std::numeric_limits<float>::min())));
}

TEST(MeanDivergence, NanIsInfinitelyFar) {
  const std::vector<float> baseline{0.5F, 0.5F};
  const std::vector<float> scores{0.5F, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_EQ(mean_divergence({baseline, 2}, {scores, 2}), std::numeric_limits<double>::infinity());
}

TEST(MeanDivergence, OfNoSamplesIsZeroAndShapesMustAgree) {
  const std::vector<float> two{0.5F, 0.5F};
  EXPECT_EQ(mean_divergence({{}, 2}, {{}, 2}), 0);
  EXPECT_THROW(mean_divergence({two, 2}, {two, 1}), std::invalid_argument);
  EXPECT_THROW(mean_divergence({two, 2}, {{}, 2}), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::evaluation
