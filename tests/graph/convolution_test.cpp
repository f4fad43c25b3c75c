#include <cmath>

#include <gmock/gmock.h>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Strings = std::string;

TEST(Convolution, SlidesTheKernelOverThePlane) {
  const TestTensor x = counting({1, 3, 3});
  const TestTensor weight{{1, 1, 2, 2}, {1, 10, 100, 1000}};
  EXPECT_EQ(run_one("convolution", {x, weight}), (TestTensor{{1, 2, 2}, {5421, 6532, 8754, 9865}}));
}

TEST(Convolution, AddsTheBiasOfEachOutputChannel) {
  const TestTensor weight{{2, 1, 1, 1}, {1, 2}};
  EXPECT_EQ(run_one("convolution", {counting({1, 1, 2}), weight, {{2}, {10, 20}}}),
            (TestTensor{{2, 1, 2}, {11, 12, 22, 24}}));
}

TEST(Convolution, StridesAndDilationsAreVerticalThenHorizontal) {
  const TestTensor x = counting({1, 3, 4});
  const TestTensor one{{1, 1, 1, 1}, {1}};
  EXPECT_EQ(run_one("convolution", {x, one}, {{"strides", ints({2, 3})}}), (TestTensor{{1, 2, 2}, {1, 4, 9, 12}}));
  const TestTensor corners{{1, 1, 2, 2}, {1, 1, 1, 1}};
  EXPECT_EQ(run_one("convolution", {x, corners}, {{"dilations", ints({2, 3})}}),
            (TestTensor{{1, 1, 1}, {1 + 4 + 9 + 12}}));
}

TEST(Convolution, PadsAreTopBottomLeftRight) {
  const TestTensor one{{1, 1, 1, 1}, {1}};
  EXPECT_EQ(run_one("convolution", {{{1, 1, 1}, {7}}, one}, {{"pads", ints({1, 0, 2, 1})}}),
            (TestTensor{{1, 2, 4}, {0, 0, 0, 0, 0, 0, 7, 0}}));
}

TEST(Convolution, SamePaddingPutsTheOddColumnAtTheEndOrTheBeginning) {
  const TestTensor x = counting({1, 1, 3});
  const TestTensor pair{{1, 1, 1, 2}, {1, 10}};
  EXPECT_EQ(run_one("convolution", {x, pair}, {{"padding", Strings("same_upper")}}),
            (TestTensor{{1, 1, 3}, {21, 32, 3}}));
  EXPECT_EQ(run_one("convolution", {x, pair}, {{"padding", Strings("same_lower")}}),
            (TestTensor{{1, 1, 3}, {10, 21, 32}}));
  EXPECT_EQ(run_one("convolution", {x, pair}, {{"padding", Strings("same_upper")}, {"strides", ints({1, 2})}}),
            (TestTensor{{1, 1, 2}, {21, 3}}));
}

TEST(Convolution, GroupsSeeTheirOwnChannelsOnly) {
  const TestTensor x{{2, 1, 1}, {3, 5}};
  const TestTensor weight{{4, 1, 1, 1}, {1, 2, 10, 20}};
  EXPECT_EQ(run_one("convolution", {x, weight}, {{"groups", std::int64_t{2}}}),
            (TestTensor{{4, 1, 1}, {3, 6, 50, 100}}));
}

// The definition as docs/operations.md writes it.
TestTensor by_definition(const TestTensor& x, const TestTensor& weight, const TestTensor& bias, std::int64_t groups,
                         const Dims& strides, const Dims& dilations, const Dims& pads) {
  const std::size_t rank = x.dims.size();
  const std::int64_t in = x.dims[rank - 3], height = x.dims[rank - 2], width = x.dims[rank - 1];
  const std::int64_t out = weight.dims[0], rows = weight.dims[2], columns = weight.dims[3];
  TestTensor y{x.dims, {}};
  y.dims[rank - 3] = out;
  y.dims[rank - 2] = (height + pads[0] + pads[1] - (rows - 1) * dilations[0] - 1) / strides[0] + 1;
  y.dims[rank - 1] = (width + pads[2] + pads[3] - (columns - 1) * dilations[1] - 1) / strides[1] + 1;
  const std::int64_t images = graph::element_count(std::span(x.dims).first(rank - 3));
  for (std::int64_t n = 0; n < images; ++n) {
    for (std::int64_t o = 0; o < out; ++o) {
      for (std::int64_t v = 0; v < y.dims[rank - 2]; ++v) {
        for (std::int64_t u = 0; u < y.dims[rank - 1]; ++u) {
          double sum = bias.values.empty() ? 0 : static_cast<double>(bias.values[static_cast<std::size_t>(o)]);
          for (std::int64_t c = 0; c < in / groups; ++c) {
            const std::int64_t channel = o / (out / groups) * (in / groups) + c;
            for (std::int64_t i = 0; i < rows; ++i) {
              for (std::int64_t j = 0; j < columns; ++j) {
                const std::int64_t row = v * strides[0] + i * dilations[0] - pads[0];
                const std::int64_t column = u * strides[1] + j * dilations[1] - pads[2];
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const auto at = static_cast<std::size_t>(((n * in + channel) * height + row) * width + column);
                const auto w = static_cast<std::size_t>(((o * (in / groups) + c) * rows + i) * columns + j);
                sum += static_cast<double>(x.values[at]) * static_cast<double>(weight.values[w]);
              }
            }
          }
          y.values.push_back(static_cast<float>(sum));
        }
      }
    }
  }
  return y;
}

TEST(Convolution, IsItsDefinitionForRandomShapes) {
  const unsigned seed = 20240517;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::int64_t groups = between(random, 1, 3);
    const std::int64_t in = groups * between(random, 1, 5);
    const std::int64_t out = groups * between(random, 1, 6);
    const Dims kernel = {between(random, 1, 4), between(random, 1, 4)};
    const Dims strides = {between(random, 1, 3), between(random, 1, 3)};
    const Dims dilations = {between(random, 1, 3), between(random, 1, 3)};
    const Dims pads = {between(random, 0, 3), between(random, 0, 3), between(random, 0, 3), between(random, 0, 3)};
    Dims dims = {in, (kernel[0] - 1) * dilations[0] + between(random, 1, 9),
                 (kernel[1] - 1) * dilations[1] + between(random, 1, 9)};
    for (std::int64_t leading = between(random, 0, 2); leading > 0; --leading) {
      dims.insert(dims.begin(), between(random, 1, 3));
    }
    const TestTensor x = random_tensor(random, dims);
    const TestTensor weight = random_tensor(random, {out, in / groups, kernel[0], kernel[1]});
    const TestTensor bias = between(random, 0, 1) == 0 ? absent() : random_tensor(random, {out});
    expect_near(run_one("convolution", {x, weight, bias},
                        {{"strides", strides}, {"dilations", dilations}, {"pads", pads}, {"groups", groups}}),
                by_definition(x, weight, bias, groups, strides, dilations, pads));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Convolution, RefusesWhatDoesNotFit) {
  const TestTensor x = counting({2, 4, 4});
  EXPECT_THAT(problem_of("convolution", {x, counting({3, 1, 1, 1})}), HasSubstr("[3, 1, 1, 1] instead of [3, 2"));
  EXPECT_THAT(problem_of("convolution", {x, counting({2, 2, 1})}), HasSubstr("rank must be 4"));
  EXPECT_THAT(problem_of("convolution", {x, counting({3, 2, 1, 1}), counting({2})}), HasSubstr("the bias"));
  EXPECT_THAT(problem_of("convolution", {x, counting({3, 1, 1, 1})}, {{"groups", std::int64_t{2}}}),
              HasSubstr("doesn't divide"));
  EXPECT_THAT(problem_of("convolution", {x, counting({3, 1, 1, 1})}, {{"groups", std::int64_t{0}}}),
              HasSubstr("groups = 0"));
  EXPECT_THAT(problem_of("convolution", {x, counting({1, 2, 5, 1})}), HasSubstr("window of 5 doesn't fit into 4 rows"));
  EXPECT_THAT(problem_of("convolution", {x, counting({1, 2, 1, 1})}, {{"strides", ints({0, 1})}}),
              HasSubstr("strides"));
  EXPECT_THAT(problem_of("convolution", {x, counting({1, 2, 1, 1})}, {{"padding", Strings("valid")}}),
              HasSubstr("can't be 'valid'"));
  EXPECT_THAT(problem_of("convolution", {x, counting({1, 2, 1, 1})}, {{"pads", ints({1, 2})}}), HasSubstr("four"));
  EXPECT_THAT(problem_of("convolution", {x}), HasSubstr("2 to 3"));
  EXPECT_THAT(problem_of("convolution", {x, counting({1, 2, 1, 1})}, {{"pads", ints({1LL << 39, 0, 1LL << 39, 0})}}),
              HasSubstr("too large"));
  EXPECT_THAT(problem_of("convolution", {x, counting({1, 2, 1, 2})}, {{"dilations", ints({1, 1LL << 40})}}),
              HasSubstr("doesn't fit"));
}

}  // namespace
}  // namespace goldilocks::testing
