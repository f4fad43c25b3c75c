// Activations, unary functions, arithmetic and inner product: each formula at a few points.
#include <cmath>

#include <gmock/gmock.h>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;

const TestTensor points{{1, 2, 2}, {-2, -0.5, 0, 3}};

void expect_formula(const std::string& type, const Attributes& attributes, double (*formula)(double)) {
  SCOPED_TRACE(type);
  TestTensor expected{points.dims, {}};
  for (const float x : points.values) expected.values.push_back(static_cast<float>(formula(static_cast<double>(x))));
  expect_near(run_one(type, {points}, attributes), expected, 1e-7);
}

const Attributes alpha_beta = {{"alpha", 0.3}, {"beta", 0.7}};

TEST(Activations, FollowTheirFormulas) {
  expect_formula("relu", {}, [](double x) { return x > 0 ? x : 0; });
  expect_formula("leaky_relu", alpha_beta, [](double x) { return x > 0 ? x : 0.3 * x; });
  expect_formula("thresholded_relu", {{"alpha", -0.5}}, [](double x) { return x >= -0.5 ? x : 0; });
  expect_formula("tanh", {}, [](double x) { return (1 - std::exp(-2 * x)) / (1 + std::exp(-2 * x)); });
  expect_formula("scaled_tanh", alpha_beta, [](double x) { return 0.3 * std::tanh(0.7 * x); });
  expect_formula("sigmoid", {}, [](double x) { return 1 / (1 + std::exp(-x)); });
  expect_formula("hard_sigmoid", alpha_beta, [](double x) { return std::fmin(std::fmax(0.3 * x + 0.7, 0), 1); });
  expect_formula("elu", alpha_beta, [](double x) { return x >= 0 ? x : 0.3 * (std::exp(x) - 1); });
  expect_formula("softsign", {}, [](double x) { return x / (1 + std::fabs(x)); });
  expect_formula("softplus", {}, [](double x) { return std::log(1 + std::exp(x)); });
  expect_formula("linear", alpha_beta, [](double x) { return 0.3 * x + 0.7; });
}

TEST(Activations, SoftplusAndSigmoidDoNotOverflow) {
  const TestTensor far{{2}, {-1000, 1000}};
  EXPECT_EQ(run_one("softplus", {far}).values, (std::vector<float>{0, 1000}));
  EXPECT_EQ(run_one("sigmoid", {far}).values, (std::vector<float>{0, 1}));
}

TEST(Activations, ParametersPerChannelAreBroadcast) {
  const TestTensor x{{2, 1, 2}, {-1, 2, -3, 4}};
  EXPECT_EQ(run_one("prelu", {x, {{2, 1, 1}, {10, 100}}}), (TestTensor{{2, 1, 2}, {-10, 2, -300, 4}}));
  EXPECT_EQ(run_one("prelu", {x, {{1}, {10}}}), (TestTensor{{2, 1, 2}, {-10, 2, -30, 4}}));
  TestTensor expected{x.dims, {}};
  for (const double t : {-1.0, 2.0, -9.0, 12.0}) {
    expected.values.push_back(static_cast<float>((expected.values.size() < 2 ? 5 : 7) * std::log1p(std::exp(t))));
  }
  expect_near(run_one("parametric_softplus", {x, {{2, 1, 1}, {5, 7}}, {{2, 1, 1}, {1, 3}}}), expected);
}

TEST(Activations, RefuseMissingAndMistypedParameters) {
  EXPECT_THAT(problem_of("elu", {points}), HasSubstr("'alpha' is missing"));
  EXPECT_THAT(problem_of("linear", {points}, {{"alpha", 1.0}}), HasSubstr("'beta' is missing"));
  EXPECT_THAT(problem_of("elu", {points}, {{"alpha", std::string("1")}}), HasSubstr("another type"));
  EXPECT_THAT(problem_of("prelu", {points, counting({3, 1, 1})}), HasSubstr("broadcasting [3, 1, 1]"));
  EXPECT_THAT(problem_of("prelu", {points}), HasSubstr("it takes 2"));
  EXPECT_THAT(problem_of("relu", {absent()}), HasSubstr("must not be absent"));
}

TEST(Unary, ScalesAndShiftsBeforeTheFunction) {
  // t = 2 x + 5 is 1, 4, 5, 11.
  const Attributes t = {{"scale", 2.0}, {"shift", 5.0}};
  Attributes alpha = t;
  alpha.push_back({"alpha", 4.5});
  Attributes epsilon = t;
  epsilon.push_back({"epsilon", 0.5});
  expect_formula("sqrt", t, [](double x) { return std::sqrt(2 * x + 5); });
  expect_formula("rsqrt", epsilon, [](double x) { return 1 / std::sqrt(2 * x + 5 + 0.5); });
  expect_formula("inverse", epsilon, [](double x) { return 1 / (2 * x + 5 + 0.5); });
  expect_formula("power", alpha, [](double x) { return std::pow(2 * x + 5, 4.5); });
  expect_formula("exp", t, [](double x) { return std::exp(2 * x + 5); });
  expect_formula("log", t, [](double x) { return std::log(2 * x + 5); });
  expect_formula("abs", {{"shift", 0.25}}, [](double x) { return std::fabs(x + 0.25); });
  expect_formula("threshold", alpha, [](double x) { return std::fmax(4.5, 2 * x + 5); });
}

TEST(Unary, DefaultsLeaveTheInputAlone) {
  EXPECT_EQ(run_one("abs", {points}).values, (std::vector<float>{2, 0.5, 0, 3}));
  EXPECT_EQ(run_one("inverse", {{{1}, {0}}}).values.front(), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(run_one("sqrt", {{{1}, {-1}}}).values.front()));
  EXPECT_THAT(problem_of("power", {points}), HasSubstr("'alpha' is missing"));
}

TEST(Arithmetic, CombinesAnyNumberOfTensors) {
  const TestTensor a{{3}, {1, 5, -2}}, b{{3}, {4, 2, -3}}, c{{3}, {1, 8, 2}};
  EXPECT_EQ(run_one("add", {a, b, c}).values, (std::vector<float>{6, 15, -3}));
  EXPECT_EQ(run_one("multiply", {a, b, c}).values, (std::vector<float>{4, 80, 12}));
  EXPECT_EQ(run_one("maximum", {a, b, c}).values, (std::vector<float>{4, 8, 2}));
  EXPECT_EQ(run_one("minimum", {a, b, c}).values, (std::vector<float>{1, 2, -3}));
  EXPECT_EQ(run_one("average", {a, b, c}).values, (std::vector<float>{2, 5, -1}));
  for (const char* type : {"add", "multiply", "maximum", "minimum", "average"}) {
    EXPECT_EQ(run_one(type, {a}), a) << type;
  }
}

TEST(Arithmetic, BroadcastsInBothDirections) {
  const TestTensor column{{2, 1}, {10, 20}}, row{{3}, {1, 2, 3}};
  EXPECT_EQ(run_one("add", {column, row}), (TestTensor{{2, 3}, {11, 12, 13, 21, 22, 23}}));
  EXPECT_EQ(run_one("add", {row, column}), (TestTensor{{2, 3}, {11, 12, 13, 21, 22, 23}}));
  EXPECT_EQ(run_one("add", {counting({2, 1, 2}), {{1}, {1}}}), (TestTensor{{2, 1, 2}, {2, 3, 4, 5}}));
  EXPECT_THAT(problem_of("add", {counting({2, 3}), counting({2, 2})}), HasSubstr("don't go together"));
}

TEST(Affine, ScalesThenAddsAndEitherMayBeAbsent) {
  const TestTensor x = counting({2, 1, 2});
  const TestTensor scale{{2, 1, 1}, {10, 100}}, bias{{1, 1, 2}, {1, 2}};
  EXPECT_EQ(run_one("affine", {x, scale, bias}).values, (std::vector<float>{11, 22, 301, 402}));
  EXPECT_EQ(run_one("affine", {x, scale}).values, (std::vector<float>{10, 20, 300, 400}));
  EXPECT_EQ(run_one("affine", {x, absent(), bias}).values, (std::vector<float>{2, 4, 4, 6}));
  // The first input fixes the shape.
  EXPECT_THAT(problem_of("affine", {counting({1, 2}), counting({2, 1})}), HasSubstr("instead of [1, 2]"));
}

TEST(InnerProduct, MultipliesEachRowWithTheMatrix) {
  const TestTensor x{{2, 2}, {1, 2, 3, 4}};
  const TestTensor weight{{3, 2}, {1, 0, 0, 1, 1, 10}};
  EXPECT_EQ(run_one("inner_product", {x, weight}), (TestTensor{{2, 3}, {1, 2, 21, 3, 4, 43}}));
  EXPECT_EQ(run_one("inner_product", {x, weight, {{3}, {100, 200, 300}}}),
            (TestTensor{{2, 3}, {101, 202, 321, 103, 204, 343}}));
}

TEST(InnerProduct, FlattensAsManyAxesAsItIsTold) {
  const TestTensor x = counting({2, 2, 1, 3});
  const TestTensor weight = counting({1, 6});
  EXPECT_EQ(run_one("inner_product", {x, weight}, {{"input_axes", std::int64_t{3}}}),
            (TestTensor{{2, 1, 1, 1}, {1 + 4 + 9 + 16 + 25 + 36, 7 + 16 + 27 + 40 + 55 + 72}}));
  EXPECT_THAT(problem_of("inner_product", {x, weight}), HasSubstr("instead of [1, 3]"));
  EXPECT_THAT(problem_of("inner_product", {x, weight}, {{"input_axes", std::int64_t{5}}}), HasSubstr("doesn't suit"));
  EXPECT_THAT(problem_of("inner_product", {counting({3}), counting({2, 3}), counting({3})}), HasSubstr("the bias"));
}

TEST(InnerProduct, SumsLongRowsExactly) {
  // In float32 the sum would stick at 2^24.
  const std::size_t count = (1U << 24U) + 5;
  const TestTensor ones{{static_cast<std::int64_t>(count)}, std::vector<float>(count, 1)};
  TestTensor weight = ones;
  weight.dims = {1, weight.dims[0]};
  const TestTensor minus{{1}, {-static_cast<float>(1U << 24U)}};
  EXPECT_EQ(run_one("inner_product", {ones, weight, minus}).values.front(), 5);
}

}  // namespace
}  // namespace goldilocks::testing
