// Branches and loops built by hand, run by the kit; and shapes that are found only as a graph runs.
#include <gmock/gmock.h>
#include <goldilocks/graph/plain.hpp>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using graph::GraphError;
using lowering::GraphBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::unique_ptr<GraphBuilder> nested() { return std::make_unique<GraphBuilder>(); }

GraphBuilder::Subgraphs pair_of(std::unique_ptr<GraphBuilder> first, std::unique_ptr<GraphBuilder> second) {
  GraphBuilder::Subgraphs subgraphs;
  subgraphs.push_back(std::move(first));
  subgraphs.push_back(std::move(second));
  return subgraphs;
}

GraphBuilder::Subgraphs one(std::unique_ptr<GraphBuilder> body) {
  GraphBuilder::Subgraphs subgraphs;
  subgraphs.push_back(std::move(body));
  return subgraphs;
}

std::uint32_t apply(GraphBuilder& builder, const std::string& type, std::vector<std::uint32_t> inputs,
                    const std::string& name, Attributes attributes = {}) {
  return builder.add_operation(type, name, std::move(inputs), std::move(attributes), {name})[0];
}

// The first wanted value for these inputs.
TestTensor run(GraphBuilder& builder, std::uint32_t wanted, const std::vector<TestTensor>& inputs) {
  const graph::PlainModel model(builder.graph());
  graph::PlainSession session(model, std::vector{wanted});
  std::vector<graph::TensorView> views;
  for (const TestTensor& input : inputs) views.push_back({input.dims, input.values});
  session.run(views);
  const graph::TensorView view = session.output(0);
  return {{view.dims.begin(), view.dims.end()}, {view.values.begin(), view.values.end()}};
}

// then: x + x; else: [x, x], so that the result's size is open.
TEST(Branch, TakesOneWayAndItsShape) {
  GraphBuilder builder;
  const std::uint32_t condition = builder.add_input("condition", {1});
  const std::uint32_t x = builder.add_input("x", {2});
  auto yes = nested(), no = nested();
  const std::uint32_t in_yes = yes->add_input("x", {2});
  yes->add_output(apply(*yes, "add", {in_yes, in_yes}, "sum"));
  const std::uint32_t in_no = no->add_input("x", {2});
  no->add_output(apply(*no, "concat", {in_no, in_no}, "both", {{"axis", std::int64_t{0}}}));
  const std::uint32_t y =
      builder.add_control_flow("branch", "if", {condition, x}, {}, {"y"}, pair_of(std::move(yes), std::move(no)))[0];
  EXPECT_THAT(builder.dims(y), ElementsAre(-1));
  const std::uint32_t z = apply(builder, "relu", {y}, "z");
  EXPECT_THAT(builder.dims(z), ElementsAre(-1));
  builder.add_output(z);
  const TestTensor values{{2}, {3, 4}};
  EXPECT_EQ(run(builder, z, {{{1}, {1}}, values}), (TestTensor{{2}, {6, 8}}));
  EXPECT_EQ(run(builder, z, {{{1}, {-0.5F}}, values}), (TestTensor{{2}, {6, 8}})) << "anything but zero holds";
  EXPECT_EQ(run(builder, z, {{{1}, {1e-6F}}, values}), (TestTensor{{4}, {3, 4, 3, 4}})) << "or what is almost zero";
  EXPECT_EQ(run(builder, z, {{{1}, {0}}, values}), (TestTensor{{4}, {3, 4, 3, 4}}));
}

TEST(Branch, RefusesWaysOfDifferentRanksAndReadsOfWhatNoWayGave) {
  GraphBuilder builder;
  const std::uint32_t condition = builder.add_input("condition", {1});
  auto yes = nested(), no = nested();
  yes->add_output(yes->add_constant("c", {2}, {1, 2}));
  no->add_output(no->add_constant("c", {1, 2}, {1, 2}));
  EXPECT_THROW(builder.add_control_flow("branch", "if", {condition}, {}, {"y"}, pair_of(std::move(yes), std::move(no))),
               GraphError);
  yes = nested();
  no = nested();
  yes->add_output(yes->add_constant("c", {2}, {1, 2}));
  no->add_output(GLK_NO_VALUE);
  const std::uint32_t y =
      builder.add_control_flow("branch", "if", {condition}, {}, {"y"}, pair_of(std::move(yes), std::move(no)))[0];
  const std::uint32_t z = apply(builder, "relu", {y}, "z");
  EXPECT_EQ(run(builder, z, {{{1}, {1}}}), (TestTensor{{2}, {1, 2}}));
  EXPECT_THROW(run(builder, z, {{{1}, {0}}}), GraphError);
}

// i = 0, p = 1; loop (count times) { i = i + 1; if (i > 3) break; if (p > 100) continue; p = p * 2 }
struct Counting {
  GraphBuilder builder;
  std::uint32_t i, p;

  explicit Counting(std::int64_t bound) {
    const std::uint32_t count = builder.add_input("count", {1});
    const std::uint32_t start = builder.add_constant("zero", {1}, {0});
    const std::uint32_t first = builder.add_input("first", {1});
    auto body = nested();
    const std::uint32_t at = body->add_input("i", {1}), product = body->add_input("p", {1});
    body->add_operation("loop_test", "test", {GLK_NO_VALUE, at, product}, {}, {});
    const std::uint32_t next = apply(*body, "linear", {at}, "next", {{"alpha", 1.0}, {"beta", 1.0}});
    end_if(*body, "loop_break", next, 3, {next, product});
    end_if(*body, "loop_continue", product, 100, {next, GLK_NO_VALUE});
    body->add_output(next);
    body->add_output(apply(*body, "linear", {product}, "twice", {{"alpha", 2.0}, {"beta", 0.0}}));
    const std::vector<std::uint32_t> results = builder.add_control_flow(
        "loop", "loop", {count, start, first}, {{"carried", std::int64_t{2}}, {"bound", bound}}, {"i_end", "p_end"},
        one(std::move(body)));
    i = results[0];
    p = results[1];
  }

  // if (value > limit) { operation(variables) }
  static void end_if(GraphBuilder& body, const std::string& type, std::uint32_t value, double limit,
                     const std::vector<std::uint32_t>& variables) {
    const std::uint32_t over = apply(body, "linear", {value}, type + ".over", {{"alpha", 1.0}, {"beta", -limit}});
    const std::uint32_t positive = apply(body, "relu", {over}, type + ".positive");
    auto yes = nested(), no = nested();
    std::vector<std::uint32_t> captured = {positive}, inner;
    for (const std::uint32_t variable : variables) {
      if (variable == GLK_NO_VALUE) {
        inner.push_back(GLK_NO_VALUE);
        continue;
      }
      captured.push_back(variable);
      inner.push_back(yes->add_input("v" + std::to_string(inner.size()), {1}));
      no->add_input("v" + std::to_string(inner.size()), {1});
    }
    yes->add_operation(type, type, inner, {}, {});
    body.add_control_flow("branch", "if", captured, {}, {}, pair_of(std::move(yes), std::move(no)));
  }
};

TEST(Loop, EndsByItsCountByABreakAndGoesOnAfterAContinue) {
  Counting loop(1000);
  const auto end = [&](float count, float first, std::uint32_t value) {
    return run(loop.builder, value, {{{1}, {count}}, {{1}, {first}}}).values[0];
  };
  EXPECT_EQ(end(0, 1, loop.i), 0);
  EXPECT_EQ(end(0, 1, loop.p), 1);
  EXPECT_EQ(end(2, 1, loop.i), 2);
  EXPECT_EQ(end(2.9F, 1, loop.p), 4);
  EXPECT_EQ(end(-1, 1, loop.p), 1);
  EXPECT_EQ(end(100, 1, loop.i), 4) << "broken off once i is above 3";
  EXPECT_EQ(end(100, 1, loop.p), 8);
  EXPECT_EQ(end(3, 101, loop.i), 3) << "continued from the first iteration on";
  EXPECT_EQ(end(3, 101, loop.p), 101);
}

TEST(Loop, RefusesToRunBeyondItsBound) {
  Counting loop(3);
  EXPECT_EQ(run(loop.builder, loop.i, {{{1}, {3}}, {{1}, {1}}}).values[0], 3);
  try {
    run(loop.builder, loop.i, {{{1}, {5}}, {{1}, {1}}});
    run(loop.builder, loop.i, {{{1}, {5}}, {{1}, {1}}});
  } catch (const GraphError& error) {
    ADD_FAILURE() << "the break comes in the fourth iteration, which has begun: " << error.what();
  }
  Counting tight(2);
  try {
    run(tight.builder, tight.i, {{{1}, {9}}, {{1}, {1}}});
    FAIL() << "no error";
  } catch (const GraphError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'loop' (loop): has not ended after 2 iterations"));
  }
}

// x grows by one element in each iteration.
TEST(Loop, CarriesAValueThatGrows) {
  GraphBuilder builder;
  const std::uint32_t count = builder.add_input("count", {1}), x = builder.add_input("x", {1});
  const auto make_body = [](const Dims& dims) {
    auto body = nested();
    const std::uint32_t in = body->add_input("x", dims);
    const std::uint32_t more = body->add_constant("more", {1}, {7});
    body->add_operation("loop_test", "test", {GLK_NO_VALUE, in}, {}, {});
    body->add_output(apply(*body, "concat", {in, more}, "longer", {{"axis", std::int64_t{0}}}));
    return body;
  };
  const Attributes attributes = {{"carried", std::int64_t{1}}, {"bound", std::int64_t{10}}};
  const std::uint32_t y =
      builder.add_control_flow("loop", "loop", {count, x}, attributes, {"y"}, one(make_body({-1})))[0];
  EXPECT_THAT(builder.dims(y), ElementsAre(-1));
  EXPECT_EQ(run(builder, y, {{{1}, {3}}, {{1}, {5}}}), (TestTensor{{4}, {5, 7, 7, 7}}));
  EXPECT_EQ(run(builder, y, {{{1}, {0}}, {{1}, {5}}}), (TestTensor{{1}, {5}}));
}

// x doubles in each iteration: 2^n floats after n.
TEST(Loop, TakesNoMoreMemoryThanTheModelsLimit) {
  GraphBuilder builder;
  const std::uint32_t count = builder.add_input("count", {1}), x = builder.add_input("x", {1});
  auto body = nested();
  const std::uint32_t in = body->add_input("x", {-1});
  body->add_operation("loop_test", "test", {GLK_NO_VALUE, in}, {}, {});
  body->add_output(apply(*body, "concat", {in, in}, "twice", {{"axis", std::int64_t{0}}}));
  const std::uint32_t y =
      builder.add_control_flow("loop", "loop", {count, x}, {{"carried", std::int64_t{1}}, {"bound", std::int64_t{99}}},
                               {"y"}, one(std::move(body)))[0];
  const graph::PlainModel model(builder.graph(), {}, {}, std::uint64_t{1} << 20U);
  graph::PlainSession session(model, std::vector{y});
  const auto run_times = [&](float times) {
    const TestTensor n{{1}, {times}}, start{{1}, {5}};
    session.run(std::vector<graph::TensorView>{{n.dims, n.values}, {start.dims, start.values}});
    return session.output(0).values.size();
  };
  // 2^17 floats and the 2^16 before them fit into 2^18; the next step doesn't.
  EXPECT_EQ(run_times(17), 1U << 17U);
  EXPECT_THAT([&] { run_times(18); },
              ::testing::ThrowsMessage<GraphError>(HasSubstr("layer 'twice' (concat): 0.00 GiB are needed")));
  EXPECT_EQ(run_times(17), 1U << 17U) << "what a failed run took is free again";
}

TEST(OpenShapes, KeepWhatDoesNotDependOnThem) {
  GraphBuilder builder;
  const std::uint32_t x = builder.add_input("x", {-1, 4, -1});
  const auto dims = [&](std::uint32_t value) { return builder.dims(value); };
  const Attributes columns = {{"axes", ints({1})}, {"begin", ints({1})}, {"end", ints({3})}};
  EXPECT_THAT(dims(apply(builder, "slice", {x}, "a", columns)), ElementsAre(-1, 2, -1));
  const Attributes head = {{"axes", ints({0})}, {"begin", ints({0})}, {"end", ints({90})}};
  EXPECT_THAT(dims(apply(builder, "slice", {x}, "b", head)), ElementsAre(-1, 4, -1)) << "clamped where shorter";
  EXPECT_THAT(dims(apply(builder, "transpose", {x}, "c", {{"axes", ints({1, 2, 0})}})), ElementsAre(4, -1, -1));
  EXPECT_THAT(dims(apply(builder, "reshape", {x}, "d", {{"shape", ints({-1, 2})}})), ElementsAre(-1, 2));
  const std::uint32_t weight = builder.add_constant("w", {3, 5}, std::vector<float>(15, 1));
  EXPECT_THAT(dims(apply(builder, "inner_product", {x, weight}, "e")).size(), 3U) << "the last size must be 5";
  EXPECT_THROW(apply(builder, "transpose", {x}, "f", {{"axes", ints({0, 1})}}), GraphError);
}

TEST(GraphBuilder, ComputesOperationsOnConstantsAtOnceUnlessTheyGiveMuchMoreThanTheyRead) {
  GraphBuilder builder;
  const std::uint32_t c = builder.add_constant("c", {2}, {-1, 2});
  EXPECT_THAT(builder.content(apply(builder, "relu", {c}, "small")), ElementsAre(0, 2));
  const std::uint32_t large = builder.add_constant("large", {5000, 1}, std::vector<float>(5000, 1));
  EXPECT_THAT(builder.content(apply(builder, "relu", {large}, "larger")), SizeIs(5000));
  builder.add_operation("tile", "tile", {large}, {{"repetitions", std::vector<std::int64_t>{1, 2}}}, {"grown"});
  EXPECT_EQ(builder.graph().operation_count, 1U);
}

}  // namespace
}  // namespace goldilocks::testing
