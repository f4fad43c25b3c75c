// Each pass on the smallest graph that it changes: which operations are left to run, and that the result is the same.
#include "core/graph/passes/passes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <goldilocks/graph/plain.hpp>

namespace goldilocks::lowering {
namespace {

using ::testing::ElementsAre;
using Values = std::vector<std::uint32_t>;
using Axes = std::vector<std::int64_t>;

// A graph with one input x and one output, which the last add() gives.
struct PassGraph {
  GraphBuilder graph;
  std::uint32_t x = 0;
  std::uint32_t last = 0;
  int count = 0;

  explicit PassGraph(Dims dims) : x(graph.add_input("x", std::move(dims))), last(x) {}

  std::uint32_t add(const std::string& type, Values inputs, Attributes attributes = {},
                    std::int32_t result = GLK_FLOAT32) {
    const std::string name = type + std::to_string(count++);
    last = graph.add_operation(type, name, std::move(inputs), std::move(attributes), {name}, {result})[0];
    return last;
  }
  std::uint32_t constant(Dims dims, std::vector<float> values) {
    return graph.add_constant("constant" + std::to_string(count++), std::move(dims), std::move(values));
  }
  std::uint32_t number(float value) { return constant({1}, {value}); }
  std::uint32_t noise(const Dims& dims) {
    std::mt19937 random(static_cast<unsigned>(count));
    return constant(dims, some(random, dims));
  }

  static std::vector<float> some(std::mt19937& random, const Dims& dims) {
    std::uniform_real_distribution<float> numbers(-2, 2);
    std::vector<float> values(static_cast<std::size_t>(graph::element_count(dims)));
    for (float& value : values) value = numbers(random);
    return values;
  }

  std::vector<float> run(std::uint32_t wanted) {
    std::mt19937 random(5);
    const Dims dims = graph.dims(x);
    const std::vector<float> values = some(random, dims);
    const graph::PlainModel model(graph.graph());
    graph::PlainSession session(model, Values{wanted});
    session.run(std::vector<graph::TensorView>{{dims, values}});
    const std::span<const float> result = session.output(0).values;
    return {result.begin(), result.end()};
  }

  // The operations on which the output depends, in order.
  std::vector<std::string> needed() {
    std::vector<bool> read(graph.value_count());
    read[last] = true;
    std::vector<std::string> types;
    for (std::size_t index = graph.operation_count(); index-- > 0;) {
      const graph::OperationView operation = graph.operation(index);
      if (std::ranges::none_of(operation.outputs(), [&](std::uint32_t output) { return read[output]; })) continue;
      types.insert(types.begin(), std::string(operation.type()));
      for (const std::uint32_t input : operation.inputs()) {
        if (input != GLK_NO_VALUE) read[input] = true;
      }
    }
    return types;
  }

  // Runs the passes, and holds the output against what it was.
  std::vector<std::string> passed(Rounding rounding, double tolerance = 0) {
    graph.add_output(last);
    const std::vector<float> before = run(last);
    run_passes(graph, rounding);
    const std::vector<float> after = run(last);
    EXPECT_EQ(before.size(), after.size());
    for (std::size_t index = 0; index < after.size(); ++index) {
      EXPECT_NEAR(before[index], after[index], tolerance * std::max(1.0F, std::fabs(before[index]))) << index;
    }
    return needed();
  }
};

TEST(MergeMoves, TwoTransposesAreOneOrNone) {
  PassGraph one({2, 3, 4});
  one.add("transpose", {one.add("transpose", {one.x}, {{"axes", Axes{1, 2, 0}}})}, {{"axes", Axes{0, 2, 1}}});
  EXPECT_THAT(one.passed(Rounding::kept), ElementsAre("transpose"));
  PassGraph none({2, 3, 4});
  none.add("transpose", {none.add("transpose", {none.x}, {{"axes", Axes{1, 2, 0}}})}, {{"axes", Axes{2, 0, 1}}});
  none.add("relu", {none.last});
  EXPECT_THAT(none.passed(Rounding::kept), ElementsAre("relu"));
}

TEST(MergeMoves, ReshapesInARowAreOneAndAxesOfOneMoveForNothing) {
  PassGraph chain({2, 1, 6});
  chain.add("reshape", {chain.x}, {{"shape", Dims{12}}});
  chain.add("reshape", {chain.last}, {{"shape", Dims{3, 4}}});
  EXPECT_THAT(chain.passed(Rounding::kept), ElementsAre("reshape"));
  PassGraph moved({2, 1, 6});
  moved.add("transpose", {moved.x}, {{"axes", Axes{1, 0, 2}}});
  EXPECT_THAT(moved.passed(Rounding::kept), ElementsAre("reshape"));
}

TEST(MergeMoves, TheValueBetweenIsStillThere) {
  PassGraph graph({2, 3, 4});
  const std::uint32_t inner = graph.add("transpose", {graph.x}, {{"axes", Axes{1, 2, 0}}});
  const std::vector<float> before = graph.run(inner);
  graph.add("transpose", {inner}, {{"axes", Axes{2, 0, 1}}});
  graph.add("relu", {graph.last});
  EXPECT_THAT(graph.passed(Rounding::kept), ElementsAre("relu"));
  EXPECT_EQ(graph.run(inner), before);
  EXPECT_EQ(graph.graph.name(inner), "transpose0");
}

TEST(CancelCasts, ThroughATypeThatHoldsAllNumbers) {
  PassGraph graph({5});
  const std::uint32_t flags = graph.add("less", {graph.x, graph.number(0)}, {}, GLK_BOOL);
  const std::uint32_t numbers = graph.add("cast", {flags}, {}, GLK_INT32);
  graph.add("cast", {numbers});
  EXPECT_THAT(graph.passed(Rounding::kept), ElementsAre("less", "cast"));
}

TEST(CancelCasts, NotThroughOneThatCutsOff) {
  PassGraph graph({5});
  graph.add("cast", {graph.add("cast", {graph.x}, {}, GLK_INT32)});
  EXPECT_THAT(graph.passed(Rounding::kept), ElementsAre("cast", "cast"));
}

TEST(CancelCasts, WhatIsRoundedIsNotRoundedAgainAfterMoving) {
  PassGraph graph({2, 3});
  graph.add("round_to_half", {graph.x});
  graph.add("transpose", {graph.last}, {{"axes", Axes{1, 0}}});
  graph.add("round_to_half", {graph.last});
  graph.add("exp", {graph.last});
  EXPECT_THAT(graph.passed(Rounding::kept), ElementsAre("round_to_half", "transpose", "exp"));
}

TEST(CancelTransposes, AcrossOperationsByElement) {
  PassGraph graph({2, 3, 4, 5});
  const std::uint32_t last = graph.add("transpose", {graph.x}, {{"axes", Axes{0, 2, 3, 1}}});
  graph.add("multiply", {last, graph.noise({3})});
  graph.add("add", {graph.last, last});
  graph.add("relu", {graph.last});
  graph.add("transpose", {graph.last}, {{"axes", Axes{0, 3, 1, 2}}});
  graph.add("tanh", {graph.last});
  EXPECT_THAT(graph.passed(Rounding::kept), ElementsAre("multiply", "add", "relu", "tanh"));
}

TEST(CancelTransposes, NotWhereOneSideHasNone) {
  PassGraph graph({2, 3, 4, 5});
  graph.add("transpose", {graph.x}, {{"axes", Axes{0, 2, 3, 1}}});
  graph.add("softmax", {graph.last}, {{"axis", std::int64_t{-1}}});
  graph.add("transpose", {graph.last}, {{"axes", Axes{0, 3, 1, 2}}});
  EXPECT_THAT(graph.passed(Rounding::kept), ElementsAre("transpose", "softmax", "transpose"));
}

TEST(RoundLate, AfterWhatOnlyCutsOff) {
  PassGraph graph({7});
  graph.add("exp", {graph.x});
  graph.add("round_to_half", {graph.last});
  graph.add("clip", {graph.last}, {{"minimum", 0.0}, {"maximum", 6.0}});
  EXPECT_THAT(graph.passed(Rounding::kept), ElementsAre("exp", "clip", "round_to_half"));
  PassGraph other({7});
  other.add("round_to_half", {other.x});
  other.add("clip", {other.last}, {{"minimum", 0.1}, {"maximum", 6.0}});
  EXPECT_THAT(other.passed(Rounding::kept), ElementsAre("round_to_half", "clip"));
}

TEST(JoinScalars, ArithmeticWithNumbersIsOneLine) {
  PassGraph graph({7});
  graph.add("subtract", {graph.number(3), graph.x});
  graph.add("multiply", {graph.last, graph.number(0.3F)});
  graph.add("divide", {graph.last, graph.number(7)});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-6), ElementsAre("linear"));
}

TEST(JoinScalars, NothingIsRoundedInAnotherWayWhereRoundingIsKept) {
  PassGraph graph({7});
  graph.add("multiply", {graph.x, graph.number(0.3F)});
  graph.add("divide", {graph.last, graph.number(7)});
  EXPECT_THAT(graph.passed(Rounding::kept), ElementsAre("multiply", "divide"));
}

// x / 2 * (1 + erf(x / sqrt(2))), in the order given.
void add_erf_gelu(PassGraph& graph, std::uint32_t x, bool half_last) {
  const std::uint32_t erf = graph.add("erf", {graph.add("divide", {x, graph.number(std::sqrt(2.0F))})});
  const std::uint32_t sum = graph.add("add", {graph.number(1), erf});
  if (half_last) {
    graph.add("multiply", {graph.add("multiply", {sum, x}), graph.number(0.5F)});
  } else {
    graph.add("multiply", {graph.add("multiply", {x, graph.number(0.5F)}), sum});
  }
}

TEST(FindGelu, WrittenWithErfInAnyOrder) {
  for (const bool half_last : {false, true}) {
    PassGraph graph({4, 5});
    add_erf_gelu(graph, graph.add("multiply", {graph.x, graph.number(3)}), half_last);
    EXPECT_THAT(graph.passed(Rounding::free, 1e-6), ElementsAre("linear", "gelu"));
  }
}

TEST(FindGelu, WrittenWithTanhOrSigmoid) {
  PassGraph graph({4, 5});
  const std::uint32_t cube = graph.add("pow", {graph.x, graph.number(3)});
  const std::uint32_t sum = graph.add("add", {graph.x, graph.add("multiply", {cube, graph.number(0.044715F)})});
  const std::uint32_t tanh = graph.add("tanh", {graph.add("multiply", {sum, graph.number(0.7978845608F)})});
  const std::uint32_t half = graph.add("multiply", {graph.x, graph.number(0.5F)});
  graph.add("multiply", {half, graph.add("add", {tanh, graph.number(1)})});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-6), ElementsAre("gelu"));
  EXPECT_EQ(graph.graph.operation(graph.graph.operation_count() - 1).text("mode"), "tanh");
  PassGraph quick({4, 5});
  quick.add("sigmoid", {quick.add("multiply", {quick.x, quick.number(1.702F)})});
  quick.add("multiply", {quick.x, quick.last});
  EXPECT_THAT(quick.passed(Rounding::free, 1e-6), ElementsAre("gelu"));
}

TEST(FindGelu, NotWhatComesCloseOnly) {
  PassGraph graph({4, 5});
  graph.add("sigmoid", {graph.add("multiply", {graph.x, graph.number(1.7F)})});
  graph.add("multiply", {graph.x, graph.last});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-6), ElementsAre("linear", "sigmoid", "multiply"));
}

Attributes over(Axes axes) { return {{"axes", std::move(axes)}, {"keep_dims", std::int64_t{1}}}; }

TEST(FindNormalize, ALayerNormalizationWrittenOut) {
  PassGraph graph({2, 6, 8});
  const std::uint32_t d = graph.add("subtract", {graph.x, graph.add("reduce_mean", {graph.x}, over({-1}))});
  const std::uint32_t square = graph.add("pow", {d, graph.number(2)});
  const std::uint32_t variance = graph.add("reduce_mean", {square}, over({2}));
  const std::uint32_t root = graph.add("sqrt", {graph.add("add", {variance, graph.number(1e-3F)})});
  const std::uint32_t scaled = graph.add("multiply", {graph.add("divide", {d, root}), graph.noise({8})});
  graph.add("add", {graph.noise({8}), scaled});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-5), ElementsAre("normalize"));
}

TEST(FindNormalize, OverInstancesWithTheInverseRoot) {
  PassGraph graph({2, 3, 4, 4});
  const std::uint32_t d = graph.add("subtract", {graph.x, graph.add("reduce_mean", {graph.x}, over({2, 3}))});
  const std::uint32_t variance = graph.add("reduce_mean", {graph.add("multiply", {d, d})}, over({3, 2}));
  graph.add("multiply", {graph.add("rsqrt", {variance}, {{"epsilon", 1e-3}}), d});
  graph.add("multiply", {graph.last, graph.noise({1, 3, 1, 1})});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-5), ElementsAre("normalize"));
}

TEST(FindNormalize, WithTheFactorTakenOut) {
  PassGraph graph({2, 6, 8});
  const std::uint32_t mean = graph.add("reduce_mean", {graph.x}, over({2}));
  const std::uint32_t d = graph.add("subtract", {graph.x, mean});
  const std::uint32_t variance = graph.add("reduce_mean", {graph.add("multiply", {d, d})}, over({2}));
  const std::uint32_t root = graph.add("rsqrt", {graph.add("add", {variance, graph.number(1e-3F)})});
  const std::uint32_t r = graph.add("multiply", {root, graph.noise({8})});
  const std::uint32_t product = graph.add("multiply", {graph.x, r});
  graph.add("add", {product, graph.add("subtract", {graph.noise({8}), graph.add("multiply", {mean, r})})});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-5), ElementsAre("normalize"));
}

TEST(FindNormalize, NotWhereTheMeansAreOverOtherAxes) {
  PassGraph graph({2, 3, 4, 4});
  const std::uint32_t d = graph.add("subtract", {graph.x, graph.add("reduce_mean", {graph.x}, over({2, 3}))});
  const std::uint32_t variance = graph.add("reduce_mean", {graph.add("multiply", {d, d})}, over({3}));
  graph.add("multiply", {graph.add("rsqrt", {variance}, {{"epsilon", 1e-3}}), d});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-5),
              ElementsAre("reduce_mean", "subtract", "multiply", "reduce_mean", "rsqrt", "multiply"));
}

TEST(FindInnerProduct, AProductWithWeightsAndABias) {
  PassGraph graph({2, 5, 6});
  graph.add("matmul", {graph.x, graph.noise({6, 7})});
  graph.add("add", {graph.last, graph.noise({1, 1, 7})});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-6), ElementsAre("inner_product"));
  PassGraph transposed({2, 5, 6});
  transposed.add("matmul", {transposed.x, transposed.noise({7, 6})}, {{"transpose_b", std::int64_t{1}}});
  EXPECT_THAT(transposed.passed(Rounding::free, 1e-6), ElementsAre("inner_product"));
}

TEST(FindAffine, FactorsAndSummandsOfChannels) {
  PassGraph graph({2, 5, 3, 3});
  graph.add("multiply", {graph.noise({5, 1, 1}), graph.x});
  graph.add("add", {graph.last, graph.noise({1, 5, 1, 1})});
  EXPECT_THAT(graph.passed(Rounding::free, 1e-6), ElementsAre("affine"));
}

TEST(Passes, ReachGraphsInsideOfControlFlow) {
  GraphBuilder graph;
  const std::uint32_t x = graph.add_input("x", {2, 3});
  const std::uint32_t condition = graph.add_input("condition", {1});
  GraphBuilder::Subgraphs ways;
  for (const char* name : {"then", "otherwise"}) {
    auto way = std::make_unique<GraphBuilder>();
    const std::uint32_t inner = way->add_input("inner", {2, 3});
    const auto flip = [&](std::uint32_t value, const std::string& result) {
      return way->add_operation("transpose", "t", {value}, {{"axes", Axes{1, 0}}}, {name + result})[0];
    };
    way->add_output(way->add_operation("relu", "r", {flip(flip(inner, "1"), "2")}, {}, {"y"})[0]);
    ways.push_back(std::move(way));
  }
  graph.add_output(graph.add_control_flow("branch", "b", {condition, x}, {}, {"y"}, std::move(ways))[0]);
  run_passes(graph, Rounding::kept);
  const graph::GraphView view(graph.graph());
  const graph::GraphView way = graph::GraphView::of_subgraph(view.operation(0), 0);
  EXPECT_EQ(way.operation(way.operation_count() - 1).inputs()[0], way.inputs()[0]);
}

}  // namespace
}  // namespace goldilocks::lowering
