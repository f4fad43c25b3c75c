// Elementary functions, comparisons, logic and broadcasting arithmetic: each layer at a few points.
#include <cmath>

#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;

void expect_function(const Fill& fill, const Floats& points, double (*function)(double)) {
  const auto count = static_cast<std::int64_t>(points.size());
  TestTensor expected{{count}, {}};
  for (const float x : points) expected.values.push_back(static_cast<float>(function(static_cast<double>(x))));
  expect_near(run_layer({{{count}, points}}, fill), expected, 1e-7);
}

TEST(ElementaryLayers, FollowTheirFunctions) {
  const Floats points = {-0.75F, -0.25F, 0, 0.5F};
  expect_function([](Layer& layer) { layer.mutable_exp2(); }, points, [](double x) { return std::pow(2, x); });
  expect_function([](Layer& layer) { layer.mutable_sin(); }, points, [](double x) { return std::sin(x); });
  expect_function([](Layer& layer) { layer.mutable_cos(); }, points, [](double x) { return std::cos(x); });
  expect_function([](Layer& layer) { layer.mutable_tan(); }, points,
                  [](double x) { return std::sin(x) / std::cos(x); });
  expect_function([](Layer& layer) { layer.mutable_asin(); }, points, [](double x) { return std::asin(x); });
  expect_function([](Layer& layer) { layer.mutable_acos(); }, points, [](double x) { return std::acos(x); });
  expect_function([](Layer& layer) { layer.mutable_atan(); }, points, [](double x) { return std::atan2(x, 1); });
  expect_function([](Layer& layer) { layer.mutable_sinh(); }, points,
                  [](double x) { return (std::exp(x) - std::exp(-x)) / 2; });
  expect_function([](Layer& layer) { layer.mutable_cosh(); }, points,
                  [](double x) { return (std::exp(x) + std::exp(-x)) / 2; });
  expect_function([](Layer& layer) { layer.mutable_tanh(); }, points,
                  [](double x) { return std::sinh(x) / std::cosh(x); });
  expect_function([](Layer& layer) { layer.mutable_asinh(); }, points,
                  [](double x) { return std::log(x + std::sqrt(x * x + 1)); });
  expect_function([](Layer& layer) { layer.mutable_acosh(); }, {1, 1.5F, 3},
                  [](double x) { return std::log(x + std::sqrt(x * x - 1)); });
  expect_function([](Layer& layer) { layer.mutable_atanh(); }, points,
                  [](double x) { return std::log((1 + x) / (1 - x)) / 2; });
  expect_function([](Layer& layer) { layer.mutable_erf(); }, points, [](double x) { return std::erf(x); });
}

TEST(ElementaryLayers, RoundAndTellTheSign) {
  const TestTensor x{{5}, {-1.5F, -0.25F, 0.5F, 1.5F, 2.5F}};
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { layer.mutable_ceil(); }).values, (Floats{-1, 0, 1, 2, 3}));
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { layer.mutable_floor(); }).values, (Floats{-2, -1, 0, 1, 2}));
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { layer.mutable_round(); }).values, (Floats{-2, 0, 0, 2, 2}));
  EXPECT_EQ(run_layer({{{3}, {-7, 0, 0.5F}}}, [](Layer& layer) { layer.mutable_sign(); }).values, (Floats{-1, 0, 1}));
}

TEST(ElementaryLayers, ClipAndClampedReLUReadTheirParameters) {
  const TestTensor x{{4}, {-3, -1, 2, 9}};
  const Fill clip = [](Layer& layer) {
    layer.mutable_clip()->set_minval(-2);
    layer.mutable_clip()->set_maxval(3);
  };
  EXPECT_EQ(run_layer({x}, clip).values, (Floats{-2, -1, 2, 3}));
  const Fill clamped = [](Layer& layer) {
    layer.mutable_clampedrelu()->set_alpha(0.5F);
    layer.mutable_clampedrelu()->set_beta(4);
  };
  EXPECT_EQ(run_layer({x}, clamped).values, (Floats{-1.5F, -0.5F, 2, 4}));
}

TEST(ElementaryLayers, GeluKnowsItsModes) {
  using Gelu = spec::GeluLayerParams;
  const auto mode = [](Gelu::GeluMode value) {
    return [value](Layer& layer) { layer.mutable_gelu()->set_mode(value); };
  };
  const Floats points = {-2, -0.5F, 0, 1.5F};
  expect_function(mode(Gelu::EXACT), points, [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); });
  expect_function(mode(Gelu::TANH_APPROXIMATION), points, [](double x) {
    return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * std::pow(x, 3))));
  });
  expect_function(mode(Gelu::SIGMOID_APPROXIMATION), points, [](double x) { return x / (1 + std::exp(-1.702 * x)); });
  EXPECT_THAT(layer_error({{1}}, [](Layer& layer) { layer.mutable_gelu()->set_mode(static_cast<Gelu::GeluMode>(9)); }),
              HasSubstr("(gelu): its mode, 9, is not known"));
}

const TestTensor column{{3, 1}, {1, 2, 3}}, short_row{{2}, {2, 3}};

TEST(ComparisonLayers, CompareBroadcastTensorsAndGiveOneOrZero) {
  const auto compared = [](const Fill& fill) {
    const TestTensor result = run_layer({column, short_row}, fill);
    EXPECT_EQ(result.dims, (Dims{3, 2}));
    return result.values;
  };
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_equal(); }), (Floats{0, 0, 1, 0, 0, 1}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_notequal(); }), (Floats{1, 1, 0, 1, 1, 0}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_lessthan(); }), (Floats{1, 1, 0, 1, 0, 0}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_lessequal(); }), (Floats{1, 1, 1, 1, 0, 1}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_greaterthan(); }), (Floats{0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_greaterequal(); }), (Floats{0, 0, 1, 0, 1, 1}));
}

TEST(ComparisonLayers, AlphaStandsInForTheSecondInput) {
  const auto compared = [](const Fill& fill) { return run_layer({column}, fill); };
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_equal()->set_alpha(2); }), (TestTensor{{3, 1}, {0, 1, 0}}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_notequal()->set_alpha(2); }).values, (Floats{1, 0, 1}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_lessthan()->set_alpha(2); }).values, (Floats{1, 0, 0}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_lessequal()->set_alpha(2); }).values, (Floats{1, 1, 0}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_greaterthan()->set_alpha(2); }).values, (Floats{0, 0, 1}));
  EXPECT_EQ(compared([](Layer& layer) { layer.mutable_greaterequal()->set_alpha(2); }).values, (Floats{0, 1, 1}));
}

TEST(LogicalLayers, TakeEveryNumberButZeroAsTrue) {
  const TestTensor x{{4}, {0, 0, 5, -1}}, y{{4}, {0, 2, 0, 0.5F}};
  EXPECT_EQ(run_layer({x, y}, [](Layer& layer) { layer.mutable_logicaland(); }).values, (Floats{0, 0, 0, 1}));
  EXPECT_EQ(run_layer({x, y}, [](Layer& layer) { layer.mutable_logicalor(); }).values, (Floats{0, 1, 1, 1}));
  EXPECT_EQ(run_layer({x, y}, [](Layer& layer) { layer.mutable_logicalxor(); }).values, (Floats{0, 1, 1, 0}));
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { layer.mutable_logicalnot(); }).values, (Floats{1, 1, 0, 0}));
}

TEST(BroadcastableLayers, ComputeWithBroadcastTensors) {
  const auto computed = [](const Fill& fill) { return run_layer({column, short_row}, fill).values; };
  EXPECT_EQ(computed([](Layer& layer) { layer.mutable_addbroadcastable(); }), (Floats{3, 4, 4, 5, 5, 6}));
  EXPECT_EQ(computed([](Layer& layer) { layer.mutable_subtractbroadcastable(); }), (Floats{-1, -2, 0, -1, 1, 0}));
  EXPECT_EQ(computed([](Layer& layer) { layer.mutable_multiplybroadcastable(); }), (Floats{2, 3, 4, 6, 6, 9}));
  EXPECT_EQ(computed([](Layer& layer) { layer.mutable_dividebroadcastable(); }),
            (Floats{0.5F, 1.0F / 3, 1, 2.0F / 3, 1.5F, 1}));
  EXPECT_EQ(computed([](Layer& layer) { layer.mutable_powbroadcastable(); }), (Floats{1, 1, 4, 8, 9, 27}));
  EXPECT_EQ(computed([](Layer& layer) { layer.mutable_maxbroadcastable(); }), (Floats{2, 3, 2, 3, 3, 3}));
  EXPECT_EQ(computed([](Layer& layer) { layer.mutable_minbroadcastable(); }), (Floats{1, 1, 2, 2, 2, 3}));
  EXPECT_THAT(layer_error({{3}, {2}}, [](Layer& layer) { layer.mutable_subtractbroadcastable(); }),
              HasSubstr("(subtractBroadcastable): shapes don't go together"));
}

TEST(BroadcastableLayers, RemainderHasTheSignOfTheDivisor) {
  const TestTensor x{{6}, {7, -7, 7, -7, 6, -6}}, y{{6}, {3, 3, -3, -3, -3, 3}};
  EXPECT_EQ(run_layer({x, y}, [](Layer& layer) { layer.mutable_floordivbroadcastable(); }).values,
            (Floats{2, -3, -3, 2, -2, -2}));
  EXPECT_EQ(run_layer({x, y}, [](Layer& layer) { layer.mutable_modbroadcastable(); }).values,
            (Floats{1, 2, -2, -1, 0, 0}));
}

TEST(WhereBroadcastableLayer, ChoosesByItsCondition) {
  const TestTensor condition{{2, 1}, {0, -3}};
  EXPECT_EQ(run_layer({condition, short_row, {{1}, {9}}}, [](Layer& layer) { layer.mutable_wherebroadcastable(); }),
            (TestTensor{{2, 2}, {9, 9, 2, 3}}));
}

}  // namespace
}  // namespace goldilocks::testing
