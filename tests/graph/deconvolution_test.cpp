#include <algorithm>

#include <gmock/gmock.h>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;

const TestTensor two_values{{1, 1, 2}, {1, 2}};
const TestTensor three_taps{{1, 1, 1, 3}, {1, 10, 100}};

TEST(Deconvolution, AddsTheKernelTimesEachValue) {
  EXPECT_EQ(run_one("deconvolution", {two_values, three_taps}), (TestTensor{{1, 1, 4}, {1, 12, 120, 200}}));
  EXPECT_EQ(run_one("deconvolution", {two_values, three_taps, {{1}, {5}}}, {{"strides", ints({1, 2})}}),
            (TestTensor{{1, 1, 5}, {6, 15, 107, 25, 205}}));
}

TEST(Deconvolution, PadsCropTheResult) {
  EXPECT_EQ(run_one("deconvolution", {two_values, three_taps}, {{"pads", ints({0, 0, 1, 2})}}),
            (TestTensor{{1, 1, 1}, {12}}));
}

TEST(Deconvolution, SamePaddingKeepsTheInputTimesTheStride) {
  const TestTensor even{{1, 1, 1, 2}, {1, 10}};
  const TestTensor x = counting({1, 1, 3});  // 1, 12, 23, 30 before cropping
  EXPECT_EQ(run_one("deconvolution", {x, even}, {{"padding", std::string("same_upper")}}),
            (TestTensor{{1, 1, 3}, {1, 12, 23}}));
  EXPECT_EQ(run_one("deconvolution", {x, even}, {{"padding", std::string("same_lower")}}),
            (TestTensor{{1, 1, 3}, {12, 23, 30}}));
  // A stride beyond the kernel leaves the end to the bias.
  EXPECT_EQ(run_one("deconvolution", {two_values, even, {{1}, {7}}},
                    {{"padding", std::string("same_upper")}, {"strides", ints({1, 3})}}),
            (TestTensor{{1, 1, 6}, {8, 17, 7, 9, 27, 7}}));
}

TEST(Deconvolution, AnOutputShapeTakesTheMiddleAndOverridesThePadding) {
  const Attributes attributes = {{"output_shape", ints({1, 3})}, {"pads", ints({0, 0, 3, 0})}};
  EXPECT_EQ(run_one("deconvolution", {two_values, three_taps}, attributes), (TestTensor{{1, 1, 3}, {1, 12, 120}}));
  EXPECT_EQ(run_one("deconvolution", {two_values, three_taps}, {{"output_shape", ints({1, 2})}}),
            (TestTensor{{1, 1, 2}, {12, 120}}));
  EXPECT_EQ(run_one("deconvolution", {two_values, three_taps}, {{"output_shape", ints({1, 5})}}),
            (TestTensor{{1, 1, 5}, {1, 12, 120, 200, 0}}));
}

TEST(Deconvolution, GroupsSeeTheirOwnChannelsOnly) {
  const TestTensor x{{2, 1, 1}, {3, 5}};
  const TestTensor weight{{2, 2, 1, 1}, {1, 2, 10, 20}};  // [in, out / groups, 1, 1]
  EXPECT_EQ(run_one("deconvolution", {x, weight}, {{"groups", std::int64_t{2}}}),
            (TestTensor{{4, 1, 1}, {3, 6, 50, 100}}));
  EXPECT_EQ(run_one("deconvolution", {x, weight}), (TestTensor{{2, 1, 1}, {53, 106}}));
}

// Scatters, where the kernel gathers.
TestTensor by_scattering(const TestTensor& x, const TestTensor& weight, const TestTensor& bias, std::int64_t groups,
                         const Dims& strides, const Dims& pads) {
  const std::size_t rank = x.dims.size();
  const std::int64_t in = x.dims[rank - 3], height = x.dims[rank - 2], width = x.dims[rank - 1];
  const std::int64_t outs = weight.dims[1], rows = weight.dims[2], columns = weight.dims[3];
  TestTensor y{x.dims, {}};
  y.dims[rank - 3] = outs * groups;
  const std::int64_t h = y.dims[rank - 2] = (height - 1) * strides[0] + rows - pads[0] - pads[1];
  const std::int64_t w = y.dims[rank - 1] = (width - 1) * strides[1] + columns - pads[2] - pads[3];
  std::vector<double> sums(static_cast<std::size_t>(graph::element_count(y.dims)));
  for (std::size_t at = 0; at < sums.size() && !bias.values.empty(); ++at) {
    sums[at] = static_cast<double>(bias.values[at / static_cast<std::size_t>(h * w) % bias.values.size()]);
  }
  for (std::size_t at = 0; at < x.values.size(); ++at) {
    const auto index = static_cast<std::int64_t>(at);
    const std::int64_t u = index % width, v = index / width % height;
    const std::int64_t channel = index / (width * height) % in, image = index / (width * height * in);
    for (std::int64_t k = 0; k < outs * rows * columns; ++k) {
      const std::int64_t j = k % columns, i = k / columns % rows, o = k / (columns * rows);
      const std::int64_t row = v * strides[0] + i - pads[0], column = u * strides[1] + j - pads[2];
      if (row < 0 || row >= h || column < 0 || column >= w) continue;
      const std::int64_t output = channel / (in / groups) * outs + o;
      sums[static_cast<std::size_t>(((image * outs * groups + output) * h + row) * w + column)] +=
          static_cast<double>(x.values[at]) *
          static_cast<double>(weight.values[static_cast<std::size_t>(channel * outs * rows * columns + k)]);
    }
  }
  for (const double sum : sums) y.values.push_back(static_cast<float>(sum));
  return y;
}

TEST(Deconvolution, IsAScatterForRandomShapes) {
  const unsigned seed = 977;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::int64_t groups = between(random, 1, 3);
    const std::int64_t in = groups * between(random, 1, 4);
    const Dims kernel = {between(random, 1, 4), between(random, 1, 4)};
    const Dims strides = {between(random, 1, 3), between(random, 1, 3)};
    Dims dims = {in, between(random, 1, 6), between(random, 1, 6)};
    Dims pads = {0, 0, 0, 0};
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const std::int64_t full = (dims[axis + 1] - 1) * strides[axis] + kernel[axis];
      pads[axis * 2] = between(random, 0, std::min<std::int64_t>(2, full - 1));
      pads[axis * 2 + 1] = between(random, 0, std::min<std::int64_t>(2, full - 1 - pads[axis * 2]));
    }
    if (between(random, 0, 1) == 1) dims.insert(dims.begin(), between(random, 1, 3));
    const TestTensor x = random_tensor(random, dims);
    const TestTensor weight = random_tensor(random, {in, between(random, 1, 4), kernel[0], kernel[1]});
    const TestTensor bias = between(random, 0, 1) == 0 ? absent() : random_tensor(random, {weight.dims[1] * groups});
    expect_near(run_one("deconvolution", {x, weight, bias}, {{"strides", strides}, {"pads", pads}, {"groups", groups}}),
                by_scattering(x, weight, bias, groups, strides, pads));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Deconvolution, RefusesWhatDoesNotFit) {
  EXPECT_THAT(problem_of("deconvolution", {two_values, counting({2, 1, 1, 1})}), HasSubstr("instead of [1, 1, 1, 1]"));
  EXPECT_THAT(problem_of("deconvolution", {two_values, three_taps}, {{"groups", std::int64_t{2}}}),
              HasSubstr("doesn't divide"));
  EXPECT_THAT(problem_of("deconvolution", {two_values, three_taps, counting({2})}), HasSubstr("the bias"));
  EXPECT_THAT(problem_of("deconvolution", {two_values, three_taps}, {{"pads", ints({0, 0, 2, 2})}}),
              HasSubstr("crops all 4 columns"));
  EXPECT_THAT(problem_of("deconvolution", {two_values, three_taps}, {{"strides", ints({1, 1LL << 40})}}),
              HasSubstr("too large"));
}

}  // namespace
}  // namespace goldilocks::testing
