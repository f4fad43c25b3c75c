// Values from, and to, the places that indexes name; and which values of matrices stay.
#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;

Fill gather(std::int64_t axis) {
  return [=](Layer& layer) { layer.mutable_gather()->set_axis(axis); };
}
Fill gather_along(std::int64_t axis) {
  return [=](Layer& layer) { layer.mutable_gatheralongaxis()->set_axis(axis); };
}
const Fill gather_nd = [](Layer& layer) { layer.mutable_gathernd(); };

TEST(GatherLayer, PutsTheIndexesInTheAxissPlace) {
  const TestTensor x = counting({2, 3});
  EXPECT_EQ(run_layer({x, {{2}, {1, 0}}}, gather(0)), (TestTensor{{2, 3}, {4, 5, 6, 1, 2, 3}}));
  EXPECT_EQ(run_layer({x, {{1, 2}, {-1, 1}}}, gather(-1)), (TestTensor{{2, 1, 2}, {3, 2, 6, 5}}));
  EXPECT_EQ(run_layer({counting({2, 3, 5}), {{6, 8}, Floats(48, 0)}}, gather(1)).dims, (Dims{2, 6, 8, 5}));
  EXPECT_ANY_THROW(run_layer({x, {{1}, {3}}}, gather(1)));
  EXPECT_ANY_THROW(run_layer({x, {{1}, {-4}}}, gather(1)));
  EXPECT_ANY_THROW(run_layer({x, {{1}, {std::numeric_limits<float>::quiet_NaN()}}}, gather(1)));
}

TEST(GatherNDLayer, ReadsRowsOfIndexes) {
  const TestTensor x = counting({2, 3});
  EXPECT_EQ(run_layer({x, {{2, 2}, {1, -1, 0, 1}}}, gather_nd), (TestTensor{{2}, {6, 2}}));
  EXPECT_EQ(run_layer({x, {{1, 1, 1}, {1}}}, gather_nd), (TestTensor{{1, 1, 3}, {4, 5, 6}}));
  EXPECT_EQ(run_layer({x, {{2}, {0, 2}}}, gather_nd), (TestTensor{{1}, {3}}));
  EXPECT_EQ(run_layer({counting({5, 3, 2, 5}), {{2, 7, 3, 2}, Floats(84, 0)}}, gather_nd).dims, (Dims{2, 7, 3, 2, 5}));
  EXPECT_THAT(layer_error({{2, 3}, {2, 3}}, gather_nd), HasSubstr("don't point into [2, 3]"));
}

TEST(GatherAlongAxisLayer, ReadsAnIndexForEachPlace) {
  const TestTensor x = counting({2, 3});
  EXPECT_EQ(run_layer({x, {{1, 3}, {1, 0, -1}}}, gather_along(0)), (TestTensor{{1, 3}, {4, 2, 6}}));
  EXPECT_EQ(run_layer({x, {{2, 4}, {0, 0, 1, 2, 2, 1, 0, 0}}}, gather_along(-1)),
            (TestTensor{{2, 4}, {1, 1, 2, 3, 6, 5, 4, 4}}));
  EXPECT_THAT(layer_error({{2, 3}, {1, 3}}, gather_along(1)), HasSubstr("the tensor of indexes"));
}

Fill scatter(std::int64_t axis, spec::ScatterMode mode) {
  return [=](Layer& layer) {
    layer.mutable_scatter()->set_axis(axis);
    layer.mutable_scatter()->set_mode(mode);
  };
}
Fill scatter_along(std::int64_t axis, spec::ScatterMode mode) {
  return [=](Layer& layer) {
    layer.mutable_scatteralongaxis()->set_axis(axis);
    layer.mutable_scatteralongaxis()->set_mode(mode);
  };
}
Fill scatter_nd(spec::ScatterMode mode) {
  return [=](Layer& layer) { layer.mutable_scatternd()->set_mode(mode); };
}

TEST(ScatterLayer, KnowsItsModes) {
  const TestTensor x{{3}, {1, 6, 8}}, indexes{{3}, {1, -1, 1}}, updates{{3}, {2, 4, 3}};
  const auto values = [&](spec::ScatterMode mode) { return run_layer({x, indexes, updates}, scatter(0, mode)).values; };
  EXPECT_EQ(values(spec::SCATTER_UPDATE), (Floats{1, 3, 4})) << "the last one stays";
  EXPECT_EQ(values(spec::SCATTER_ADD), (Floats{1, 11, 12}));
  EXPECT_EQ(values(spec::SCATTER_SUB), (Floats{1, 1, 4}));
  EXPECT_EQ(values(spec::SCATTER_MUL), (Floats{1, 36, 32}));
  EXPECT_EQ(values(spec::SCATTER_DIV), (Floats{1, 1, 2}));
  EXPECT_EQ(values(spec::SCATTER_MAX), (Floats{1, 6, 8}));
  EXPECT_EQ(values(spec::SCATTER_MIN), (Floats{1, 2, 4}));
  EXPECT_THAT(layer_error({{3}, {3}, {3}}, scatter(0, static_cast<spec::ScatterMode>(7))), HasSubstr("its mode, 7"));
}

TEST(ScatterLayer, PutsSlicesAlongAnAxis) {
  const TestTensor x = counting({2, 2});
  EXPECT_EQ(run_layer({x, {{1}, {1}}, {{1, 2}, {9, 8}}}, scatter(0, spec::SCATTER_UPDATE)),
            (TestTensor{{2, 2}, {1, 2, 9, 8}}));
  EXPECT_EQ(run_layer({x, {{1}, {1}}, {{2, 1}, {9, 8}}}, scatter(-1, spec::SCATTER_UPDATE)),
            (TestTensor{{2, 2}, {1, 9, 3, 8}}));
  EXPECT_EQ(run_layer({counting({4, 3}), {{5, 2, 3}, Floats(30, 1)}, {{4, 5, 2, 3}, Floats(120, 1)}},
                      scatter(1, spec::SCATTER_ADD))
                .values,
            (Floats{1, 32, 3, 4, 35, 6, 7, 38, 9, 10, 41, 12}));
  EXPECT_THAT(layer_error({{2, 2}, {1}, {2, 2}}, scatter(0, spec::SCATTER_ADD)), HasSubstr("the tensor of updates"));
  EXPECT_ANY_THROW(run_layer({x, {{1}, {2}}, {{1, 2}, {9, 8}}}, scatter(0, spec::SCATTER_UPDATE)));
}

TEST(ScatterNDLayer, PutsValuesOrSlicesToRowsOfIndexes) {
  const TestTensor x = counting({2, 3});
  EXPECT_EQ(run_layer({x, {{2, 2}, {0, 0, -1, 2}}, {{2}, {9, 8}}}, scatter_nd(spec::SCATTER_UPDATE)),
            (TestTensor{{2, 3}, {9, 2, 3, 4, 5, 8}}));
  EXPECT_EQ(run_layer({x, {{2, 1}, {0, 0}}, counting({2, 3})}, scatter_nd(spec::SCATTER_ADD)),
            (TestTensor{{2, 3}, {6, 9, 12, 4, 5, 6}}));
  EXPECT_EQ(run_layer({x, {{2}, {1, 1}}, {{1}, {2}}}, scatter_nd(spec::SCATTER_MUL)).values,
            (Floats{1, 2, 3, 4, 10, 6}));
}

TEST(ScatterAlongAxisLayer, PutsEachValueToItsIndex) {
  const TestTensor x = counting({2, 3});
  EXPECT_EQ(run_layer({x, {{2, 1}, {2, 0}}, {{2, 1}, {9, 8}}}, scatter_along(-1, spec::SCATTER_UPDATE)),
            (TestTensor{{2, 3}, {1, 2, 9, 8, 5, 6}}));
  EXPECT_EQ(run_layer({x, {{1, 3}, {1, 0, 1}}, {{1, 3}, {1, 2, 3}}}, scatter_along(0, spec::SCATTER_SUB)),
            (TestTensor{{2, 3}, {1, 0, 3, 3, 5, 3}}));
  EXPECT_THAT(layer_error({{2, 3}, {2, 1}, {2, 2}}, scatter_along(1, spec::SCATTER_SUB)), HasSubstr("updates"));
}

TEST(GatherAndScatter, UndoEachOther) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const TestTensor x = random_tensor(random, {between(random, 1, 4), between(random, 1, 4), between(random, 1, 4)});
    const std::int64_t axis = between(random, -3, 2);
    const std::int64_t size = x.dims[static_cast<std::size_t>(axis < 0 ? axis + 3 : axis)];
    TestTensor order{{size}, {}};  // a permutation, partly counted from the end
    for (std::int64_t index = 0; index < size; ++index) order.values.push_back(static_cast<float>(index));
    std::ranges::shuffle(order.values, random);
    for (float& index : order.values) index -= between(random, 0, 1) == 1 ? static_cast<float>(size) : 0;
    const TestTensor picked = run_layer({x, order}, gather(axis));
    const TestTensor nothing{x.dims, Floats(x.values.size(), 0)};
    EXPECT_EQ(run_layer({nothing, order, picked}, scatter(axis, spec::SCATTER_UPDATE)), x);
  }
}

TEST(WhereNonZeroLayer, ListsThePlaces) {
  const Fill fill = [](Layer& layer) { layer.mutable_wherenonzero(); };
  EXPECT_EQ(run_layer({{{4}, {0, 1, 0, 2}}}, fill), (TestTensor{{2, 1}, {1, 3}}));
  EXPECT_EQ(run_layer({{{3, 3}, {1, 2, 1, 0, 2, 2, 2, 1, 0}}}, fill),
            (TestTensor{{7, 2}, {0, 0, 0, 1, 0, 2, 1, 1, 1, 2, 2, 0, 2, 1}}));
  EXPECT_ANY_THROW(run_layer({{{2}, {0, 0}}}, fill)) << "an empty tensor can't be";
}

TEST(MatrixBandPartLayer, KeepsABandOfDiagonals) {
  const auto band = [](std::int64_t lower, std::int64_t upper) {
    return [=](Layer& layer) {
      layer.mutable_matrixbandpart()->set_numlower(lower);
      layer.mutable_matrixbandpart()->set_numupper(upper);
    };
  };
  const TestTensor x = counting({3, 3});
  EXPECT_EQ(run_layer({x}, band(0, 0)).values, (Floats{1, 0, 0, 0, 5, 0, 0, 0, 9}));
  EXPECT_EQ(run_layer({x}, band(1, 0)).values, (Floats{1, 0, 0, 4, 5, 0, 0, 8, 9}));
  EXPECT_EQ(run_layer({x}, band(0, 1)).values, (Floats{1, 2, 0, 0, 5, 6, 0, 0, 9}));
  EXPECT_EQ(run_layer({x}, band(-1, 0)).values, (Floats{1, 0, 0, 4, 5, 0, 7, 8, 9}));
  EXPECT_EQ(run_layer({x}, band(-1, -1)), x);
  EXPECT_THAT(layer_error({{3}}, band(0, 0)), HasSubstr("a rank below 2"));
}

TEST(TriangularLayers, KeepOneSideOfADiagonal) {
  const auto lower = [](std::int64_t k) { return [=](Layer& layer) { layer.mutable_lowertriangular()->set_k(k); }; };
  const auto upper = [](std::int64_t k) { return [=](Layer& layer) { layer.mutable_uppertriangular()->set_k(k); }; };
  const TestTensor x = counting({2, 3});
  EXPECT_EQ(run_layer({x}, lower(0)).values, (Floats{1, 0, 0, 4, 5, 0}));
  EXPECT_EQ(run_layer({x}, lower(1)).values, (Floats{1, 2, 0, 4, 5, 6}));
  EXPECT_EQ(run_layer({x}, lower(-1)).values, (Floats{0, 0, 0, 4, 0, 0}));
  EXPECT_EQ(run_layer({x}, upper(0)).values, (Floats{1, 2, 3, 0, 5, 6}));
  EXPECT_EQ(run_layer({x}, upper(1)).values, (Floats{0, 2, 3, 0, 0, 6}));
  EXPECT_EQ(run_layer({x}, upper(-1)).values, (Floats{1, 2, 3, 4, 5, 6}));
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(run_layer({{{2, 2}, {1, infinity, 1, 1}}}, lower(0)).values, (Floats{1, 0, 1, 1}))
      << "nothing is multiplied";
}

}  // namespace
}  // namespace goldilocks::testing
