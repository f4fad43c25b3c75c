// Tensors of any rank strung together, cut apart and turned.
#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Fill = ModelBuilder::FillLayer;

TEST(ConcatNDLayer, StringsTogetherAlongAnyAxis) {
  const auto concat = [](std::int64_t axis, bool interleave) {
    return [=](Layer& layer) {
      layer.mutable_concatnd()->set_axis(axis);
      layer.mutable_concatnd()->set_interleave(interleave);
    };
  };
  const TestTensor a{{3, 2}, {1, 2, 3, 4, 5, 6}}, b{{3, 2}, {7, 8, 9, 10, 11, 12}};
  EXPECT_EQ(run_layer({a, b}, concat(0, false)), counting({6, 2}));
  EXPECT_EQ(run_layer({a, {{3, 1}, {7, 8, 9}}}, concat(-1, false)), (TestTensor{{3, 3}, {1, 2, 7, 3, 4, 8, 5, 6, 9}}));
  EXPECT_EQ(run_layer({a, b}, concat(0, true)), (TestTensor{{6, 2}, {1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12}}));
  EXPECT_EQ(run_layer({a, b}, concat(-1, true)), (TestTensor{{3, 4}, {1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12}}));
  EXPECT_THAT(layer_error({{3, 2}, {3, 1}}, concat(1, true)), HasSubstr("an input has shape"));
  EXPECT_THAT(layer_error({{3, 2}, {3, 2}}, concat(2, false)), HasSubstr("axis 2 is out of range"));
}

TEST(StackLayer, JoinsAlongANewAxis) {
  const auto stack = [](std::int64_t axis) { return [=](Layer& layer) { layer.mutable_stack()->set_axis(axis); }; };
  const TestTensor a{{2}, {1, 2}}, b{{2}, {3, 4}}, c{{2}, {5, 6}};
  EXPECT_EQ(run_layer({a, b, c}, stack(0)), counting({3, 2}));
  EXPECT_EQ(run_layer({a, b, c}, stack(-1)), (TestTensor{{2, 3}, {1, 3, 5, 2, 4, 6}}));
  EXPECT_EQ(run_layer({a, b, c}, stack(1)).dims, (Dims{2, 3}));
  EXPECT_THAT(layer_error({{2}, {2}}, stack(2)), HasSubstr("axis 2 is out of range for rank 2"));
  EXPECT_THAT(layer_error({{2}, {3}}, stack(0)), HasSubstr("an input has shape"));
}

TEST(SplitNDLayer, CutsIntoEqualPartsOrIntoThoseStated) {
  const auto split = [](std::int64_t axis, std::uint64_t parts, const std::vector<std::uint64_t>& sizes) -> Fill {
    return [=](Layer& layer) {
      layer.mutable_splitnd()->set_axis(axis);
      layer.mutable_splitnd()->set_numsplits(parts);
      for (const std::uint64_t size : sizes) layer.mutable_splitnd()->add_splitsizes(size);
    };
  };
  const TestTensor x = counting({2, 4});
  const auto run = [&](const Fill& fill) { return run_layer_outputs({x}, fill, 2); };
  EXPECT_EQ(run(split(-1, 2, {}))[1], (TestTensor{{2, 2}, {3, 4, 7, 8}}));
  EXPECT_EQ(run(split(0, 2, {}))[1], (TestTensor{{1, 4}, {5, 6, 7, 8}}));
  EXPECT_EQ(run(split(1, 7, {1, 3}))[1], (TestTensor{{2, 3}, {2, 3, 4, 6, 7, 8}})) << "sizes go before a number";
  EXPECT_THAT(layer_error({{2, 4}}, split(1, 3, {}), 2), HasSubstr("split into 3 parts, but it has 2 outputs"));
  EXPECT_THAT(layer_error({{2, 5}}, split(1, 2, {}), 2), HasSubstr("can't be split into 2 equal parts"));
  EXPECT_THAT(layer_error({{2, 4}}, split(1, 0, {1, 2}), 2), HasSubstr("don't add up to 4"));
}

TEST(TransposeLayer, TurnsDimensions) {
  const auto transpose = [](const std::vector<std::uint64_t>& axes) {
    return [=](Layer& layer) {
      for (const std::uint64_t axis : axes) layer.mutable_transpose()->add_axes(axis);
    };
  };
  EXPECT_EQ(run_layer({counting({2, 3})}, transpose({1, 0})), (TestTensor{{3, 2}, {1, 4, 2, 5, 3, 6}}));
  EXPECT_EQ(run_layer({counting({6, 7, 8, 9})}, transpose({3, 1, 2, 0})).dims, (Dims{9, 7, 8, 6}));
  EXPECT_THAT(layer_error({{2, 3}}, transpose({1, 1})), HasSubstr("are no permutation"));
}

}  // namespace
}  // namespace goldilocks::testing
