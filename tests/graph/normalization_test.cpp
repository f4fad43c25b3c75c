#include <cmath>

#include <gmock/gmock.h>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;

TEST(Normalize, GivesMeanZeroAndVarianceOneOverTheAxes) {
  const TestTensor x{{2, 1, 2}, {1, 3, 10, 30}};
  const Attributes planes = {{"axes", ints({-2, -1})}, {"epsilon", 0.0}};
  EXPECT_EQ(run_one("normalize", {x}, planes).values, (std::vector<float>{-1, 1, -1, 1}));
  const TestTensor scale{{2, 1, 1}, {5, 7}}, bias{{2, 1, 1}, {1, 2}};
  EXPECT_EQ(run_one("normalize", {x, scale, bias}, planes).values, (std::vector<float>{-4, 6, -5, 9}));
  EXPECT_EQ(run_one("normalize", {x, absent(), bias}, planes).values, (std::vector<float>{0, 2, 1, 3}));
  // Over the first axis the columns are (1, 10) and (3, 30).
  EXPECT_EQ(run_one("normalize", {x}, {{"axes", ints({0})}, {"epsilon", 0.0}}).values,
            (std::vector<float>{-1, -1, 1, 1}));
}

TEST(Normalize, EpsilonIsAddedToTheVariance) {
  const TestTensor x{{2}, {-1, 1}};
  expect_near(run_one("normalize", {x}, {{"axes", ints({0})}, {"epsilon", 3.0}}), {{2}, {-0.5, 0.5}});
}

TEST(Normalize, LosesNothingFarFromZero) {
  const TestTensor x{{4}, {10000000, 10000002, 10000000, 10000002}};
  EXPECT_EQ(run_one("normalize", {x}, {{"axes", ints({0})}, {"epsilon", 0.0}}).values,
            (std::vector<float>{-1, 1, -1, 1}));
}

TEST(Normalize, RefusesWhatDoesNotFit) {
  EXPECT_THAT(problem_of("normalize", {counting({2})}, {{"axes", ints({1})}, {"epsilon", 0.0}}),
              HasSubstr("axis 1 is out of range"));
  EXPECT_THAT(problem_of("normalize", {counting({2})}, {{"axes", ints({0})}, {"epsilon", -1.0}}), HasSubstr("epsilon"));
  EXPECT_THAT(problem_of("normalize", {counting({2}), counting({3})}, {{"axes", ints({0})}, {"epsilon", 0.0}}),
              HasSubstr("don't go together"));
}

Attributes lrn(double alpha, double beta, double k, std::int64_t size) {
  return {{"alpha", alpha}, {"beta", beta}, {"k", k}, {"size", size}};
}

TEST(LocalResponseNormalization, DividesBySquaresOfNeighbouringChannels) {
  const TestTensor x{{3, 1, 1}, {1, 2, 3}};
  expect_near(run_one("local_response_normalization", {x}, lrn(3, 1, 1, 3)),
              {{3, 1, 1}, {1.0F / 6, 2.0F / 15, 3.0F / 14}});
  // beta is an exponent, k the sum's start, and alpha is shared by the window's channels.
  expect_near(run_one("local_response_normalization", {x}, lrn(6, 0.5, 4, 3)),
              {{3, 1, 1}, {1 / std::sqrt(14.0F), 2 / std::sqrt(32.0F), 3 / std::sqrt(30.0F)}});
  // An even window has its odd channel behind.
  expect_near(run_one("local_response_normalization", {x}, lrn(2, 1, 1, 2)),
              {{3, 1, 1}, {1.0F / 6, 2.0F / 14, 3.0F / 10}});
  EXPECT_THAT(problem_of("local_response_normalization", {x}, lrn(1, 1, 1, 0)), HasSubstr("size can't be 0"));
}

TEST(LocalResponseNormalization, KeepsImagesAndPixelsApart) {
  const TestTensor x = counting({2, 1, 1, 2});
  TestTensor expected{x.dims, {}};
  for (const float value : x.values) expected.values.push_back(value / (1 + 2 * value * value));
  expect_near(run_one("local_response_normalization", {x}, lrn(2, 1, 1, 1)), expected);
}

TEST(Softmax, SharesOneAlongTheAxis) {
  const float e = std::exp(1.0F);
  const TestTensor x{{2, 2}, {0, 1, 1, 1}};
  expect_near(run_one("softmax", {x}, {{"axis", std::int64_t{1}}}), {{2, 2}, {1 / (1 + e), e / (1 + e), 0.5, 0.5}});
  expect_near(run_one("softmax", {x}, {{"axis", std::int64_t{-2}}}), {{2, 2}, {1 / (1 + e), 0.5, e / (1 + e), 0.5}});
  EXPECT_THAT(problem_of("softmax", {x}, {{"axis", std::int64_t{2}}}), HasSubstr("out of range"));
  EXPECT_THAT(problem_of("softmax", {x}), HasSubstr("'axis' is missing"));
}

TEST(Softmax, DoesNotOverflow) {
  EXPECT_EQ(run_one("softmax", {{{3}, {1000, 1000, -1000}}}, {{"axis", std::int64_t{0}}}).values,
            (std::vector<float>{0.5, 0.5, 0}));
}

}  // namespace
}  // namespace goldilocks::testing
