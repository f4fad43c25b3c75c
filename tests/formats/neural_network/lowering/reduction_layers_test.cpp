// Reductions, places of extremes, sorting and running sums: each parameter in a case where it matters.
#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;
using Reduce = spec::ReduceLayerParams;

const TestTensor x{{2, 3}, {1, -2, 3, 4, 5, -6}};

Fill reduce(Reduce::ReduceOperation mode, Reduce::ReduceAxis axis, float epsilon = 0) {
  return [=](Layer& layer) {
    layer.mutable_reduce()->set_mode(mode);
    layer.mutable_reduce()->set_axis(axis);
    layer.mutable_reduce()->set_epsilon(epsilon);
  };
}

TEST(ReduceLayer, KnowsItsModes) {
  const auto rows = [](Reduce::ReduceOperation mode) { return run_layer({x}, reduce(mode, Reduce::W)).values; };
  EXPECT_EQ(run_layer({x}, reduce(Reduce::SUM, Reduce::W)), (TestTensor{{2, 1}, {2, 3}}));
  EXPECT_EQ(rows(Reduce::AVG), (Floats{2.0F / 3, 1}));
  EXPECT_EQ(rows(Reduce::PROD), (Floats{-6, -120}));
  EXPECT_EQ(rows(Reduce::SUMSQUARE), (Floats{14, 77}));
  EXPECT_EQ(rows(Reduce::L1), (Floats{6, 15}));
  EXPECT_EQ(rows(Reduce::L2), (Floats{std::sqrt(14.0F), std::sqrt(77.0F)}));
  EXPECT_EQ(rows(Reduce::MAX), (Floats{3, 5}));
  EXPECT_EQ(rows(Reduce::MIN), (Floats{-2, -6}));
  EXPECT_EQ(rows(Reduce::ARGMAX), (Floats{2, 1}));
  const TestTensor positive{{1, 2}, {1, 3}};
  expect_near(run_layer({positive}, reduce(Reduce::LOGSUM, Reduce::W, 1)),
              {{1, 1}, {static_cast<float>(std::log(2) + std::log(4))}});
  expect_near(run_layer({{{1, 1}, {0}}}, reduce(Reduce::LOGSUM, Reduce::W)),
              {{1, 1}, {static_cast<float>(std::log(1e-6F))}});
}

TEST(ReduceLayer, KnowsItsAxes) {
  const TestTensor counted = counting({2, 2, 2});
  const auto sums = [&](Reduce::ReduceAxis axis) { return run_layer({counted}, reduce(Reduce::SUM, axis)); };
  EXPECT_EQ(sums(Reduce::CHW), (TestTensor{{1, 1, 1}, {36}}));
  EXPECT_EQ(sums(Reduce::HW), (TestTensor{{2, 1, 1}, {10, 26}}));
  EXPECT_EQ(sums(Reduce::C), (TestTensor{{1, 2, 2}, {6, 8, 10, 12}}));
  EXPECT_EQ(sums(Reduce::H), (TestTensor{{2, 1, 2}, {4, 6, 12, 14}}));
  EXPECT_EQ(sums(Reduce::W), (TestTensor{{2, 2, 1}, {3, 7, 11, 15}}));
  EXPECT_THAT(layer_error({{2, 3}}, reduce(Reduce::SUM, Reduce::C)), HasSubstr("a rank of 3 or more is needed"));
  EXPECT_THAT(layer_error({{2, 3}}, reduce(Reduce::ARGMAX, Reduce::HW)), HasSubstr("needs one axis"));
}

template <class Params>
Fill over(Params* (Layer::*mutable_params)(), std::initializer_list<std::int64_t> axes, bool keep = false,
          bool all = false) {
  const std::vector<std::int64_t> list = axes;
  return [=](Layer& layer) {
    Params& params = *(layer.*mutable_params)();
    for (const std::int64_t axis : list) params.add_axes(axis);
    params.set_keepdims(keep);
    params.set_reduceall(all);
  };
}

TEST(ReductionLayers, ComputeWhatTheirNamesSay) {
  const auto rows = [](const Fill& fill) {
    const TestTensor result = run_layer({x}, fill);
    EXPECT_EQ(result.dims, (Dims{2}));
    return result.values;
  };
  EXPECT_EQ(rows(over(&Layer::mutable_reducesum, {-1})), (Floats{2, 3}));
  EXPECT_EQ(rows(over(&Layer::mutable_reducemean, {1})), (Floats{2.0F / 3, 1}));
  EXPECT_EQ(rows(over(&Layer::mutable_reduceprod, {1})), (Floats{-6, -120}));
  EXPECT_EQ(rows(over(&Layer::mutable_reducemax, {1})), (Floats{3, 5}));
  EXPECT_EQ(rows(over(&Layer::mutable_reducemin, {1})), (Floats{-2, -6}));
  EXPECT_EQ(rows(over(&Layer::mutable_reducel1, {1})), (Floats{6, 15}));
  EXPECT_EQ(rows(over(&Layer::mutable_reducel2, {1})), (Floats{std::sqrt(14.0F), std::sqrt(77.0F)}));
  EXPECT_EQ(rows(over(&Layer::mutable_reducesumsquare, {1})), (Floats{14, 77}));
  EXPECT_EQ(rows(over(&Layer::mutable_reducelogsum, {1})), (Floats{std::log(2.0F), std::log(3.0F)}));
  EXPECT_EQ(run_layer({{{2}, {1000, 1000}}}, over(&Layer::mutable_reducelogsumexp, {0})).values,
            (Floats{static_cast<float>(1000 + std::log(2))}));
}

TEST(ReductionLayers, KnowTheirAxes) {
  EXPECT_EQ(run_layer({x}, over(&Layer::mutable_reducesum, {0}, true)), (TestTensor{{1, 3}, {5, 3, -3}}));
  EXPECT_EQ(run_layer({x}, over(&Layer::mutable_reducesum, {})), (TestTensor{{1}, {5}}));
  EXPECT_EQ(run_layer({x}, over(&Layer::mutable_reducesum, {0}, false, true)), (TestTensor{{1}, {5}}));
  EXPECT_EQ(run_layer({x}, over(&Layer::mutable_reducesum, {0}, true, true)), (TestTensor{{1, 1}, {5}}));
  EXPECT_THAT(layer_error({{2, 3}}, over(&Layer::mutable_reducesum, {2})), HasSubstr("axis 2 is out of range"));
  EXPECT_THAT(layer_error({{2, 3}}, over(&Layer::mutable_reducesum, {1, -1})), HasSubstr("axis -1 twice"));
}

TEST(ReductionLayers, LetWhatIsNotANumberThrough) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const TestTensor one{{3}, {1, nan, 2}};
  EXPECT_TRUE(std::isnan(run_layer({one}, over(&Layer::mutable_reducemax, {})).values[0]));
  EXPECT_TRUE(std::isnan(run_layer({one}, over(&Layer::mutable_reducemin, {})).values[0]));
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(run_layer({{{2}, {-infinity, -infinity}}}, over(&Layer::mutable_reducelogsumexp, {})).values[0], -infinity);
}

TEST(ArgLayers, NameTheFirstPlace) {
  const TestTensor ties{{2, 3}, {4, 9, 9, 1, 7, 1}};
  EXPECT_EQ(run_layer({ties}, [](Layer& layer) { layer.mutable_argmax()->set_axis(-1); }),
            (TestTensor{{2, 1}, {1, 1}}));
  const Fill removed = [](Layer& layer) {
    layer.mutable_argmin()->set_axis(1);
    layer.mutable_argmin()->set_removedim(true);
  };
  EXPECT_EQ(run_layer({ties}, removed), (TestTensor{{2}, {0, 0}}));
  EXPECT_EQ(run_layer({{{2}, {3, 1}}}, [](Layer& layer) { layer.mutable_argmin()->set_removedim(true); }),
            (TestTensor{{1}, {1}}));
}

TEST(ArgSortLayer, SortsBothWaysAndKeepsEqualOnesInOrder) {
  const TestTensor values{{4, 1}, {2, 3, 2, 1}};
  EXPECT_EQ(run_layer({values}, [](Layer& layer) { layer.mutable_argsort(); }), (TestTensor{{4, 1}, {3, 0, 2, 1}}));
  EXPECT_EQ(run_layer({values}, [](Layer& layer) { layer.mutable_argsort()->set_descending(true); }).values,
            (Floats{1, 0, 2, 3}));
}

TEST(TopKLayer, GivesValuesAndIndexes) {
  const auto top = [](std::int64_t axis, std::uint64_t count, bool bottom) {
    const auto fill = [=](Layer& layer) {
      layer.mutable_topk()->set_axis(axis);
      layer.mutable_topk()->set_k(count);
      layer.mutable_topk()->set_usebottomk(bottom);
    };
    return run_network(one_layer({x.dims}, fill, 2), {x.values});
  };
  const std::vector<TestTensor> largest = top(-1, 2, false);
  EXPECT_EQ(largest[0], (TestTensor{{2, 2}, {3, 1, 5, 4}}));
  EXPECT_EQ(largest[1], (TestTensor{{2, 2}, {2, 0, 1, 0}}));
  const std::vector<TestTensor> smallest = top(0, 1, true);
  EXPECT_EQ(smallest[0], (TestTensor{{1, 3}, {1, -2, -6}}));
  EXPECT_EQ(smallest[1], (TestTensor{{1, 3}, {0, 0, 1}}));
  const auto too_many = [](Layer& layer) { layer.mutable_topk()->set_k(3); };
  EXPECT_THAT(layer_error({{2, 3}}, too_many, 2), HasSubstr("k = 3 is out of range for 2 values"));
}

TEST(TopKLayer, TakesItsNumberFromASecondInput) {
  const auto fill = [](Layer& layer) {
    layer.mutable_topk()->set_axis(1);
    layer.mutable_topk()->set_k(1);
    layer.mutable_topk()->set_usebottomk(true);
  };
  for (const bool known : {false, true}) {
    const std::vector<TestTensor> result = run_layer_outputs({x, {{1}, {2}}}, fill, 2, known);
    EXPECT_EQ(result[0], (TestTensor{{2, 2}, {-2, 1, -6, 4}}));
    EXPECT_EQ(result[1], (TestTensor{{2, 2}, {1, 0, 2, 0}}));
    EXPECT_ANY_THROW(run_layer_outputs({x, {{1}, {4}}}, fill, 2, known));
  }
}

TEST(CumSumLayer, RunsBothWaysWithAndWithoutTheLast) {
  const auto sums = [](bool exclusive, bool reverse) {
    return run_layer({x},
                     [=](Layer& layer) {
                       layer.mutable_cumsum()->set_axis(-1);
                       layer.mutable_cumsum()->set_excludefinalsum(exclusive);
                       layer.mutable_cumsum()->set_reverse(reverse);
                     })
        .values;
  };
  EXPECT_EQ(sums(false, false), (Floats{1, -1, 2, 4, 9, 3}));
  EXPECT_EQ(sums(true, false), (Floats{0, 1, -1, 0, 4, 9}));
  EXPECT_EQ(sums(false, true), (Floats{2, 1, 3, 3, -1, -6}));
  EXPECT_EQ(sums(true, true), (Floats{1, 3, 0, -1, -6, 0}));
}

TEST(CumSumLayer, TakesItsAxisFromASecondInput) {
  const auto fill = [](Layer& layer) { layer.mutable_cumsum()->set_axis(1); };
  for (const bool known : {false, true}) {
    EXPECT_EQ(run_layer_outputs({x, {{1}, {0}}}, fill, 1, known)[0], (TestTensor{{2, 3}, {1, -2, 3, 5, 3, -3}}));
    EXPECT_EQ(run_layer_outputs({x, {{1}, {-1}}}, fill, 1, known)[0].values, (Floats{1, -1, 2, 4, 9, 3}));
    EXPECT_ANY_THROW(run_layer_outputs({x, {{1}, {2}}}, fill, 1, known));
  }
}

TEST(SoftmaxNDLayer, SumsToOneAlongItsAxis) {
  const TestTensor logits{{2, 2}, {0, 1, 0, 1}};
  EXPECT_EQ(run_layer({logits}, [](Layer& layer) { layer.mutable_softmaxnd()->set_axis(0); }).values,
            (Floats{0.5F, 0.5F, 0.5F, 0.5F}));
  EXPECT_EQ(run_layer({{{2, 1}, {3, 4}}}, [](Layer& layer) { layer.mutable_softmaxnd()->set_axis(-1); }).values,
            (Floats{1, 1}));
}

}  // namespace
}  // namespace goldilocks::testing
