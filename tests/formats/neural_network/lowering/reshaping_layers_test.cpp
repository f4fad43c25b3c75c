// The same values under other dimensions.
#include <algorithm>

#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;
using Integers = std::vector<std::int64_t>;
using Reorganize = spec::ReorganizeDataLayerParams;

Dims shape_after(const Dims& dims, const Fill& fill) {
  const TestTensor x = counting(dims);
  const TestTensor y = run_layer({x}, fill);
  EXPECT_EQ(y.values, x.values);
  return y.dims;
}

Fill squeeze(const Integers& axes, bool all = false) {
  return [=](Layer& layer) {
    for (const std::int64_t axis : axes) layer.mutable_squeeze()->add_axes(axis);
    layer.mutable_squeeze()->set_squeezeall(all);
  };
}

TEST(SqueezeLayer, TakesDimensionsOfSizeOneAway) {
  EXPECT_EQ(shape_after({1, 1, 10, 5}, squeeze({0, 1})), (Dims{10, 5}));
  EXPECT_EQ(shape_after({1, 3, 5, 1}, squeeze({-1})), (Dims{1, 3, 5}));
  EXPECT_EQ(shape_after({1, 3, 1, 5, 1}, squeeze({}, true)), (Dims{3, 5}));
  EXPECT_EQ(shape_after({1}, squeeze({0})), (Dims{1}));
  EXPECT_EQ(shape_after({1, 1}, squeeze({0}, true)), (Dims{1}));
  EXPECT_THAT(layer_error({{1, 2}}, squeeze({1})), HasSubstr("axis 1 of [1, 2] can't go"));
  EXPECT_THAT(layer_error({{1, 2}}, squeeze({0, -2})), HasSubstr("names axis -2 twice"));
  EXPECT_THAT(layer_error({{1, 2}}, squeeze({2})), HasSubstr("axis 2 is out of range"));
  EXPECT_THAT(layer_error({{1, 2}}, squeeze({})), HasSubstr("names no axes"));
}

TEST(ExpandDimsLayer, InsertsDimensionsOfSizeOne) {
  const auto expand = [](const Integers& axes) {
    return [=](Layer& layer) {
      for (const std::int64_t axis : axes) layer.mutable_expanddims()->add_axes(axis);
    };
  };
  EXPECT_EQ(shape_after({10, 5}, expand({0, 1})), (Dims{1, 1, 10, 5}));
  EXPECT_EQ(shape_after({10, 5}, expand({0, 2})), (Dims{1, 10, 1, 5}));
  EXPECT_EQ(shape_after({10, 5}, expand({-2, -1})), (Dims{10, 5, 1, 1}));
  EXPECT_THAT(layer_error({{2}}, expand({0, -3})), HasSubstr("names axis -3 twice"));
  EXPECT_THAT(layer_error({{2}}, expand({2})), HasSubstr("axis 2 is out of range for rank 2"));
}

TEST(FlattenTo2DLayer, JoinsWhatIsBeforeTheAxisAndWhatFollows) {
  const auto flatten = [](std::int64_t axis) {
    return [=](Layer& layer) { layer.mutable_flattento2d()->set_axis(axis); };
  };
  EXPECT_EQ(shape_after({3}, flatten(-1)), (Dims{1, 3}));
  EXPECT_EQ(shape_after({3}, flatten(1)), (Dims{3, 1}));
  EXPECT_EQ(shape_after({5, 2}, flatten(0)), (Dims{1, 10}));
  EXPECT_EQ(shape_after({5, 5, 3}, flatten(-2)), (Dims{5, 15}));
  EXPECT_EQ(shape_after({2, 3, 2, 4}, flatten(2)), (Dims{6, 8}));
  EXPECT_THAT(layer_error({{5, 2}}, flatten(3)), HasSubstr("axis 3 is out of range"));
}

TEST(ReshapeLayers, StateTheShapeInFourWays) {
  const auto to = [](auto mutable_params, const Integers& shape) -> Fill {
    return [=](Layer& layer) {
      for (const std::int64_t size : shape) (layer.*mutable_params)()->add_targetshape(size);
    };
  };
  EXPECT_EQ(shape_after({2, 6}, to(&Layer::mutable_reshapestatic, {3, -1, 1})), (Dims{3, 4, 1}));
  EXPECT_THAT(layer_error({{2, 6}}, to(&Layer::mutable_reshapestatic, {0, 6})), HasSubstr("targetShape can't be"));
  EXPECT_THAT(layer_error({{2, 6}}, to(&Layer::mutable_reshapestatic, {5, -1})), HasSubstr("don't fill"));
  EXPECT_EQ(shape_after({10, 3, 5}, to(&Layer::mutable_rankpreservingreshape, {25, 0, -1})), (Dims{25, 3, 2}));
  EXPECT_THAT(layer_error({{2, 6}}, to(&Layer::mutable_rankpreservingreshape, {12})), HasSubstr("has 1 entries"));
  const TestTensor x = counting({2, 6});
  EXPECT_EQ(run_layer({x, counting({4, 3})}, [](Layer& layer) { layer.mutable_reshapelike(); }),
            (TestTensor{{4, 3}, x.values}));
  EXPECT_THAT(layer_error({{2, 6}, {5}}, [](Layer& layer) { layer.mutable_reshapelike(); }), HasSubstr("don't fill"));
}

TEST(ReshapeDynamicLayer, ReadsTheShapeFromItsSecondInput) {
  const TestTensor x = counting({2, 6});
  const Fill fill = [](Layer& layer) { layer.mutable_reshapedynamic(); };
  for (const bool known : {false, true}) {
    EXPECT_EQ(run_layer_outputs({x, {{3}, {1, 3, 4}}}, fill, 1, known)[0], (TestTensor{{1, 3, 4}, x.values}));
    EXPECT_EQ(run_layer_outputs({x, {{2}, {4, -1}}}, fill, 1, known)[0], (TestTensor{{4, 3}, x.values}));
    EXPECT_ANY_THROW(run_layer_outputs({x, {{1}, {11}}}, fill, 1, known));
    EXPECT_ANY_THROW(run_layer_outputs({x, {{2}, {0, 6}}}, fill, 1, known));
  }
}

TEST(GetShapeLayer, GivesTheSizes) {
  EXPECT_EQ(run_layer({counting({2, 6})}, [](Layer& layer) { layer.mutable_getshape(); }), (TestTensor{{2}, {2, 6}}));
}

Fill reorganize(Reorganize::ReorganizationType mode, std::uint64_t block) {
  return [=](Layer& layer) {
    layer.mutable_reorganizedata()->set_mode(mode);
    layer.mutable_reorganizedata()->set_blocksize(block);
  };
}

// The example of the format.
TEST(ReorganizeDataLayer, MovesBlocksIntoChannelsAndBack) {
  const TestTensor channels = counting({8, 1, 2});
  const TestTensor blocks{{2, 2, 4}, {1, 5, 2, 6, 9, 13, 10, 14, 3, 7, 4, 8, 11, 15, 12, 16}};
  EXPECT_EQ(run_layer({channels}, reorganize(Reorganize::DEPTH_TO_SPACE, 2)), blocks);
  EXPECT_EQ(run_layer({blocks}, reorganize(Reorganize::SPACE_TO_DEPTH, 2)), channels);
  EXPECT_EQ(run_layer({channels}, reorganize(Reorganize::PIXEL_SHUFFLE, 2)),
            (TestTensor{{2, 2, 4}, {1, 3, 2, 4, 5, 7, 6, 8, 9, 11, 10, 12, 13, 15, 14, 16}}));
}

TEST(ReorganizeDataLayer, FollowsItsFormulas) {
  const std::int64_t b = 3, c = 2, h = 2, w = 4;
  std::mt19937 random(1);
  const TestTensor x = random_tensor(random, {2, c * b * b, h, w});
  const auto at = [](const TestTensor& tensor, std::int64_t n, std::int64_t k, std::int64_t i, std::int64_t j) {
    const Dims& d = tensor.dims;
    return tensor.values[static_cast<std::size_t>(((n * d[1] + k) * d[2] + i) * d[3] + j)];
  };
  const TestTensor depth = run_layer({x}, reorganize(Reorganize::DEPTH_TO_SPACE, 3));
  const TestTensor shuffle = run_layer({x}, reorganize(Reorganize::PIXEL_SHUFFLE, 3));
  ASSERT_EQ(depth.dims, (Dims{2, c, h * b, w * b}));
  ASSERT_EQ(shuffle.dims, depth.dims);
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::int64_t k = 0; k < c; ++k) {
      for (std::int64_t i = 0; i < h * b; ++i) {
        for (std::int64_t j = 0; j < w * b; ++j) {
          const std::int64_t in_block = i % b * b + j % b;
          EXPECT_EQ(at(depth, n, k, i, j), at(x, n, in_block * c + k, i / b, j / b));
          EXPECT_EQ(at(shuffle, n, k, i, j), at(x, n, k * b * b + in_block, i / b, j / b));
        }
      }
    }
  }
  EXPECT_EQ(run_layer({depth}, reorganize(Reorganize::SPACE_TO_DEPTH, 3)), x);
}

TEST(ReorganizeDataLayer, RefusesWhatDoesNotDivide) {
  EXPECT_THAT(layer_error({{1, 3, 4}}, reorganize(Reorganize::SPACE_TO_DEPTH, 2)),
              HasSubstr("3 rows can't be divided"));
  EXPECT_THAT(layer_error({{1, 4, 3}}, reorganize(Reorganize::SPACE_TO_DEPTH, 2)), HasSubstr("3 columns"));
  EXPECT_THAT(layer_error({{2, 4, 4}}, reorganize(Reorganize::PIXEL_SHUFFLE, 2)), HasSubstr("2 channels"));
  EXPECT_THAT(layer_error({{4, 4, 4}}, reorganize(Reorganize::PIXEL_SHUFFLE, 1)), HasSubstr("blockSize can't be 1"));
}

}  // namespace
}  // namespace goldilocks::testing
