// Operations that move values: concat, split, reshape, transpose, slice, pad, upsample.
#include <limits>

#include <gmock/gmock.h>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;

Attributes axis(std::int64_t value) { return {{"axis", value}}; }

TEST(Concat, StringsTensorsTogetherAlongTheAxis) {
  const TestTensor a = counting({2, 1}), b{{2, 2}, {10, 20, 30, 40}};
  EXPECT_EQ(run_one("concat", {a, b}, axis(1)), (TestTensor{{2, 3}, {1, 10, 20, 2, 30, 40}}));
  EXPECT_EQ(run_one("concat", {b, b}, axis(-2)), (TestTensor{{4, 2}, {10, 20, 30, 40, 10, 20, 30, 40}}));
  EXPECT_THAT(problem_of("concat", {a, b}, axis(0)), HasSubstr("instead of [2, 1]"));
  EXPECT_THAT(problem_of("concat", {a, counting({2})}, axis(0)), HasSubstr("[2] instead of"));
}

TEST(Split, IsTheInverseOfConcat) {
  const TestTensor x = counting({2, 3});
  const Attributes attributes = {{"axis", std::int64_t{-1}}, {"sizes", ints({1, 2})}};
  const std::vector<TestTensor> parts = run_operation("split", {x}, attributes, 2);
  EXPECT_EQ(parts[0], (TestTensor{{2, 1}, {1, 4}}));
  EXPECT_EQ(parts[1], (TestTensor{{2, 2}, {2, 3, 5, 6}}));
  EXPECT_EQ(run_one("concat", parts, axis(1)), x);
  EXPECT_THAT(problem_of("split", {x}, {{"axis", std::int64_t{1}}, {"sizes", ints({1, 1})}}, 2),
              HasSubstr("don't add up to 3"));
  EXPECT_THAT(problem_of("split", {x}, {{"axis", std::int64_t{1}}, {"sizes", ints({3, 1})}}, 2),
              HasSubstr("don't add up"));
  EXPECT_THAT(problem_of("split", {x}, attributes, 3), HasSubstr("has 3 outputs instead of 2"));
}

TEST(Reshape, ZeroCopiesADimensionAndMinusOneIsWhatIsLeft) {
  const TestTensor x = counting({2, 3, 4});
  EXPECT_EQ(run_one("reshape", {x}, {{"shape", ints({4, 6})}}), (TestTensor{{4, 6}, x.values}));
  EXPECT_EQ(run_one("reshape", {x}, {{"shape", ints({0, -1})}}).dims, (Dims{2, 12}));
  EXPECT_EQ(run_one("reshape", {x}, {{"shape", ints({0, 0, 2, -1})}}).dims, (Dims{2, 3, 2, 2}));
  EXPECT_THAT(problem_of("reshape", {x}, {{"shape", ints({5, -1})}}), HasSubstr("don't fill"));
  EXPECT_THAT(problem_of("reshape", {x}, {{"shape", ints({-1, -1})}}), HasSubstr("can't be [-1, -1]"));
  EXPECT_THAT(problem_of("reshape", {x}, {{"shape", ints({2, 3, 4, 0})}}), HasSubstr("can't be"));
}

TEST(Transpose, OutputAxisIsTheNamedInputAxis) {
  EXPECT_EQ(run_one("transpose", {counting({2, 3})}, {{"axes", ints({1, 0})}}),
            (TestTensor{{3, 2}, {1, 4, 2, 5, 3, 6}}));
  EXPECT_EQ(run_one("transpose", {counting({2, 1, 3})}, {{"axes", ints({2, 0, 1})}}),
            (TestTensor{{3, 2, 1}, {1, 4, 2, 5, 3, 6}}));
  EXPECT_THAT(problem_of("transpose", {counting({2, 3})}, {{"axes", ints({0, 0})}}), HasSubstr("no permutation"));
  EXPECT_THAT(problem_of("transpose", {counting({2, 3})}, {{"axes", ints({0})}}), HasSubstr("no permutation"));
}

TEST(Transpose, TwiceByInversePermutationsIsNothing) {
  std::mt19937 random(5);
  const TestTensor x = random_tensor(random, {2, 3, 4, 5});
  const TestTensor there = run_one("transpose", {x}, {{"axes", ints({2, 0, 3, 1})}});
  EXPECT_EQ(there.dims, (Dims{4, 2, 5, 3}));
  EXPECT_EQ(run_one("transpose", {there}, {{"axes", ints({1, 3, 0, 2})}}), x);
}

TEST(Slice, TakesFromBeginToBeforeEndByStrides) {
  const TestTensor x = counting({2, 5});
  EXPECT_EQ(run_one("slice", {x}, {{"axes", ints({1})}, {"begin", ints({1})}, {"end", ints({4})}}),
            (TestTensor{{2, 3}, {2, 3, 4, 7, 8, 9}}));
  EXPECT_EQ(
      run_one("slice", {x},
              {{"axes", ints({-1, 0})}, {"begin", ints({0, 1})}, {"end", ints({5, 2})}, {"strides", ints({2, 1})}}),
      (TestTensor{{1, 3}, {6, 8, 10}}));
}

TEST(Slice, CountsFromTheEndAndClamps) {
  const TestTensor x = counting({5});
  EXPECT_EQ(run_one("slice", {x}, {{"axes", ints({0})}, {"begin", ints({-3})}, {"end", ints({-1})}}).values,
            (std::vector<float>{3, 4}));
  EXPECT_EQ(run_one("slice", {x}, {{"axes", ints({0})}, {"begin", ints({-9})}, {"end", ints({99})}}), x);
  EXPECT_THAT(problem_of("slice", {x}, {{"axes", ints({0})}, {"begin", ints({3})}, {"end", ints({3})}}),
              HasSubstr("would be empty: [0]"));
  EXPECT_THAT(problem_of("slice", {x}, {{"axes", ints({0})}, {"begin", ints({0, 1})}, {"end", ints({3})}}),
              HasSubstr("one length"));
  EXPECT_THAT(
      problem_of("slice", {x}, {{"axes", ints({0})}, {"begin", ints({0})}, {"end", ints({3})}, {"strides", ints({0})}}),
      HasSubstr("strides can't have 0"));
}

Attributes pad(const std::string& mode, const Dims& pads) { return {{"mode", mode}, {"pads", pads}}; }

TEST(Pad, FillsReflectsOrReplicates) {
  const TestTensor x = counting({1, 2, 3});
  Attributes constant = pad("constant", {0, 1, 2, 0});
  EXPECT_EQ(run_one("pad", {x}, constant), (TestTensor{{1, 3, 5}, {0, 0, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0}}));
  constant.push_back({"value", 9.0});
  EXPECT_EQ(run_one("pad", {x}, constant), (TestTensor{{1, 3, 5}, {9, 9, 1, 2, 3, 9, 9, 4, 5, 6, 9, 9, 9, 9, 9}}));
  EXPECT_EQ(run_one("pad", {x}, pad("reflect", {1, 0, 2, 1})),
            (TestTensor{{1, 3, 6}, {6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5}}));
  EXPECT_EQ(run_one("pad", {x}, pad("replicate", {1, 0, 2, 1})),
            (TestTensor{{1, 3, 6}, {1, 1, 1, 2, 3, 3, 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6}}));
  EXPECT_THAT(problem_of("pad", {x}, pad("reflect", {0, 2, 0, 0})), HasSubstr("reflection"));
  EXPECT_THAT(problem_of("pad", {x}, pad("mirror", {0, 0, 0, 0})), HasSubstr("can't be 'mirror'"));
}

Attributes upsample(const std::string& mode, const std::string& grid, double sh, double sw) {
  return {{"mode", mode}, {"grid", grid}, {"scale", std::vector<double>{sh, sw}}};
}

TEST(Upsample, NearestRepeatsEachValue) {
  EXPECT_EQ(run_one("upsample", {counting({1, 2, 2})}, upsample("nearest", "scaled", 2, 3)),
            (TestTensor{{1, 4, 6}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4}}));
}

TEST(Upsample, BilinearFollowsItsGrid) {
  const TestTensor x{{1, 1, 2}, {0, 12}};
  expect_near(run_one("upsample", {x}, upsample("bilinear", "scaled", 1, 2)), {{1, 1, 4}, {0, 6, 12, 12}});
  expect_near(run_one("upsample", {x}, upsample("bilinear", "align_corners", 1, 2)), {{1, 1, 4}, {0, 4, 8, 12}});
  expect_near(run_one("upsample", {x}, upsample("bilinear", "half_pixel", 1, 2)), {{1, 1, 4}, {0, 3, 9, 12}});
  // Both axes at once: the middle of four values.
  const TestTensor square{{1, 2, 2}, {0, 4, 8, 20}};
  EXPECT_FLOAT_EQ(run_one("upsample", {square}, upsample("bilinear", "align_corners", 1.5, 1.5)).values[4], 8);
}

TEST(Upsample, SizesAreRoundedDownFromAProductInFloat32) {
  EXPECT_EQ(run_one("upsample", {counting({1, 3, 10})}, upsample("bilinear", "scaled", 1.5, 2.3)).dims,
            (Dims{1, 4, 23}));
  const auto factor = static_cast<double>(2.3F);  // a little below 2.3
  EXPECT_EQ(run_one("upsample", {counting({1, 1, 10})}, upsample("bilinear", "scaled", 1, factor)).dims.back(), 23);
  EXPECT_THAT(problem_of("upsample", {counting({1, 2, 2})}, upsample("bilinear", "scaled", 0.25, 1)),
              HasSubstr("doesn't suit a size of 2"));
  EXPECT_THAT(problem_of("upsample", {counting({1, 2, 2})}, upsample("bilinear", "scaled", 1e30, 1)),
              HasSubstr("doesn't suit"));
  EXPECT_THAT(problem_of("upsample", {counting({1, 2, 2})}, upsample("nearest", "scaled", 1 << 20, 1 << 20)),
              HasSubstr("too large"));
  EXPECT_THAT(problem_of("upsample", {counting({1, 2, 2})}, upsample("cubic", "scaled", 1, 1)), HasSubstr("cubic"));
}

TEST(Upsample, OneValueAlongAnAxisIsRepeated) {
  for (const char* grid : {"scaled", "align_corners", "half_pixel"}) {
    EXPECT_EQ(run_one("upsample", {{{1, 1, 1}, {5}}}, upsample("bilinear", grid, 2, 1)).values,
              (std::vector<float>{5, 5}))
        << grid;
  }
}

}  // namespace
}  // namespace goldilocks::testing
