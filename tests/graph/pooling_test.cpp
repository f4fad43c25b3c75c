#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;

const std::int64_t on = 1;

TEST(Pooling, TakesTheLargestTheMeanOrTheNormOfEachWindow) {
  const TestTensor x{{1, 2, 3}, {3, -1, 0, 4, 0, -2}};
  const Attributes attributes = {{"kernel", ints({2, 1})}};
  EXPECT_EQ(run_one("max_pool", {x}, attributes), (TestTensor{{1, 1, 3}, {4, 0, 0}}));
  EXPECT_EQ(run_one("average_pool", {x}, attributes), (TestTensor{{1, 1, 3}, {3.5, -0.5, -1}}));
  EXPECT_EQ(run_one("l2_pool", {x}, attributes), (TestTensor{{1, 1, 3}, {5, 1, 2}}));
}

TEST(Pooling, PaddingIsNoCandidateOfTheMaximum) {
  const TestTensor x{{1, 1, 2}, {-3, -5}};
  EXPECT_EQ(run_one("max_pool", {x}, {{"kernel", ints({1, 2})}, {"pads", ints({0, 0, 1, 1})}}),
            (TestTensor{{1, 1, 3}, {-3, -3, -5}}));
}

TEST(Pooling, AnAverageCountsPaddingUnlessToldNotTo) {
  const TestTensor x{{1, 1, 2}, {6, 12}};
  Attributes attributes = {{"kernel", ints({1, 3})}, {"pads", ints({0, 0, 1, 1})}};
  EXPECT_EQ(run_one("average_pool", {x}, attributes), (TestTensor{{1, 1, 2}, {6, 6}}));
  attributes.push_back({"exclude_padding", on});
  EXPECT_EQ(run_one("average_pool", {x}, attributes), (TestTensor{{1, 1, 2}, {9, 9}}));
}

TEST(Pooling, RoundingUpAddsAWindowThatIsCutAtTheEdge) {
  const TestTensor x = counting({1, 1, 4});
  Attributes attributes = {{"kernel", ints({1, 3})}, {"strides", ints({1, 2})}};
  EXPECT_EQ(run_one("average_pool", {x}, attributes), (TestTensor{{1, 1, 1}, {2}}));
  attributes.push_back({"round_up", on});
  EXPECT_EQ(run_one("average_pool", {x}, attributes), (TestTensor{{1, 1, 2}, {2, 3.5}}));
  EXPECT_EQ(run_one("max_pool", {x}, attributes), (TestTensor{{1, 1, 2}, {3, 4}}));
}

TEST(Pooling, RoundingUpLeavesOutAWindowThatWouldBeginBeyondThePaddedInput) {
  // ceil((3 + 2 - 2) / 2) + 1 = 3 windows, at -1, 1, 3; the last begins where the input ends.
  const Attributes padded = {
      {"kernel", ints({1, 2})}, {"strides", ints({1, 2})}, {"pads", ints({0, 0, 1, 1})}, {"round_up", on}};
  EXPECT_EQ(run_one("max_pool", {counting({1, 1, 3})}, padded), (TestTensor{{1, 1, 2}, {1, 3}}));
  // Padding of the other axis is enough to leave it out.
  const Attributes other = {
      {"kernel", ints({1, 1})}, {"strides", ints({1, 3})}, {"pads", ints({1, 1, 0, 0})}, {"round_up", on}};
  EXPECT_EQ(run_one("max_pool", {counting({1, 1, 3})}, other).dims, (Dims{1, 2, 1}));
  const Attributes none = {{"kernel", ints({1, 1})}, {"strides", ints({1, 3})}, {"round_up", on}};
  EXPECT_EQ(run_one("max_pool", {counting({1, 1, 3})}, none), (TestTensor{{1, 1, 2}, {1, 0}}));
}

TEST(Pooling, SamePaddingIsLikeAConvolutions) {
  const TestTensor x = counting({1, 1, 3});
  EXPECT_EQ(run_one("max_pool", {x}, {{"kernel", ints({1, 2})}, {"padding", std::string("same_upper")}}),
            (TestTensor{{1, 1, 3}, {2, 3, 3}}));
  EXPECT_EQ(run_one("max_pool", {x}, {{"kernel", ints({1, 2})}, {"padding", std::string("same_lower")}}),
            (TestTensor{{1, 1, 3}, {1, 2, 3}}));
}

TEST(Pooling, GlobalTakesThePlaneAndReadsNothingElse) {
  const Attributes attributes = {
      {"global", on}, {"kernel", ints({9, 9})}, {"strides", ints({5, 5})}, {"pads", ints({1, 1, 1, 1})}};
  EXPECT_EQ(run_one("average_pool", {counting({2, 2, 2})}, attributes), (TestTensor{{2, 1, 1}, {2.5, 6.5}}));
}

TEST(Pooling, AWindowOfPaddingAloneGivesZero) {
  const Attributes attributes = {{"kernel", ints({1, 1})}, {"pads", ints({0, 0, 1, 0})}};
  for (const char* type : {"max_pool", "average_pool", "l2_pool"}) {
    EXPECT_EQ(run_one(type, {{{1, 1, 1}, {-4}}}, attributes).values.front(), 0) << type;
  }
}

TEST(Pooling, WhatIsNotANumberStaysInTheMaximum) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const TestTensor x{{1, 1, 3}, {1, nan, 2}};
  EXPECT_TRUE(std::isnan(run_one("max_pool", {x}, {{"global", on}}).values.front()));
}

// Collects each window's values, with the cells of the padded plane that it covers.
TestTensor by_collecting(const std::string& type, const TestTensor& x, const Dims& kernel, const Dims& strides,
                         const Dims& pads, bool exclude) {
  const std::size_t rank = x.dims.size();
  const std::int64_t height = x.dims[rank - 2], width = x.dims[rank - 1];
  TestTensor y{x.dims, {}};
  y.dims[rank - 2] = (height + pads[0] + pads[1] - kernel[0]) / strides[0] + 1;
  y.dims[rank - 1] = (width + pads[2] + pads[3] - kernel[1]) / strides[1] + 1;
  const std::int64_t planes = graph::element_count(std::span(x.dims).first(rank - 2));
  for (std::int64_t n = 0; n < planes * y.dims[rank - 2] * y.dims[rank - 1]; ++n) {
    const std::int64_t u = n % y.dims[rank - 1], v = n / y.dims[rank - 1] % y.dims[rank - 2];
    const std::int64_t plane = n / (y.dims[rank - 1] * y.dims[rank - 2]);
    std::vector<double> met;
    for (std::int64_t k = 0; k < kernel[0] * kernel[1]; ++k) {
      const std::int64_t row = v * strides[0] + k / kernel[1] - pads[0];
      const std::int64_t column = u * strides[1] + k % kernel[1] - pads[2];
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      met.push_back(static_cast<double>(x.values[static_cast<std::size_t>((plane * height + row) * width + column)]));
    }
    double result = 0;
    if (!met.empty() && type == "max_pool") result = *std::ranges::max_element(met);
    for (const double value : met) {
      if (type == "l2_pool") result += value * value;
      if (type == "average_pool") {
        result += value / (exclude ? static_cast<double>(met.size()) : static_cast<double>(kernel[0] * kernel[1]));
      }
    }
    y.values.push_back(static_cast<float>(type == "l2_pool" ? std::sqrt(result) : result));
  }
  return y;
}

TEST(Pooling, IsItsDefinitionForRandomShapes) {
  const unsigned seed = 31337;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::string type = std::vector<std::string>{"max_pool", "average_pool", "l2_pool"}[round % 3U];
    const Dims kernel = {between(random, 1, 4), between(random, 1, 4)};
    const Dims strides = {between(random, 1, 4), between(random, 1, 4)};
    const Dims pads = {between(random, 0, 3), between(random, 0, 3), between(random, 0, 3), between(random, 0, 3)};
    Dims dims = {between(random, 1, 3), kernel[0] + between(random, 0, 6), kernel[1] + between(random, 0, 6)};
    if (between(random, 0, 1) == 1) dims.insert(dims.begin(), between(random, 1, 3));
    const std::int64_t exclude = type == "average_pool" ? between(random, 0, 1) : 0;
    const TestTensor x = random_tensor(random, dims);
    expect_near(
        run_one(type, {x}, {{"kernel", kernel}, {"strides", strides}, {"pads", pads}, {"exclude_padding", exclude}}),
        by_collecting(type, x, kernel, strides, pads, exclude != 0));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Pooling, RefusesWhatDoesNotFit) {
  const TestTensor x = counting({1, 2, 2});
  EXPECT_THAT(problem_of("max_pool", {x}, {{"kernel", ints({3, 1})}}), HasSubstr("window of 3 doesn't fit"));
  EXPECT_THAT(problem_of("max_pool", {x}, {{"kernel", ints({1, 1, 1})}}), HasSubstr("two entries"));
  EXPECT_THAT(problem_of("max_pool", {counting({2, 2})}, {{"kernel", ints({1, 1})}}), HasSubstr("rank below 3"));
  EXPECT_THAT(problem_of("max_pool", {x, x}, {{"kernel", ints({1, 1})}}), HasSubstr("it takes 1"));
}

}  // namespace
}  // namespace goldilocks::testing
