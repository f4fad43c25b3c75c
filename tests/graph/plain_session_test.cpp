#include <algorithm>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <goldilocks/graph/plain.hpp>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using graph::PlainModel;
using graph::PlainSession;
using graph::TensorView;
using ::testing::ElementsAre;

// A random net of sums and transpositions over earlier values: many values live at once, for different lengths of time.
// A transposition can't be computed in its input's place.
void add_random_operations(lowering::GraphBuilder& builder, std::mt19937& random, int count) {
  std::vector<std::uint32_t> values = {builder.add_input("x", {5, 5})};
  const auto recent = [&] {
    const auto last = static_cast<std::int64_t>(values.size()) - 1;
    return values[static_cast<std::size_t>(between(random, std::max<std::int64_t>(0, last - 5), last))];
  };
  for (int index = 0; index < count; ++index) {
    const std::vector<std::string> name = {std::to_string(index)};
    values.push_back(index % 2 == 0
                         ? builder.add_operation("average", name[0], {recent(), recent()}, {}, name)[0]
                         : builder.add_operation("transpose", name[0], {recent()}, {{"axes", ints({1, 0})}}, name)[0]);
  }
}

// Every value of the graph, each in memory of its own.
std::vector<TestTensor> all_values(const graph::GraphView& graph, const TestTensor& x) {
  std::vector<TestTensor> values(graph.value_count());
  values[graph.inputs()[0]] = x;
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const graph::OperationView operation = graph.operation(index);
    std::vector<TensorView> inputs;
    for (const std::uint32_t input : operation.inputs()) inputs.push_back({values[input].dims, values[input].values});
    TestTensor& result = values[operation.outputs()[0]] = TestTensor{x.dims, std::vector<float>(x.values.size())};
    graph::find_kernel(operation.type())
        ->run(operation, inputs, std::vector<graph::MutableTensorView>{{result.dims, result.values}});
  }
  return values;
}

TEST(PlainSession, ReusedMemoryNeverDisturbsAValueThatIsStillRead) {
  const unsigned seed = 4711;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    lowering::GraphBuilder builder;
    add_random_operations(builder, random, 30);
    const PlainModel model(builder.graph());
    const TestTensor x = random_tensor(random, {5, 5});
    const std::vector<TestTensor> expected = all_values(model.graph(), x);
    const auto last = static_cast<std::int64_t>(expected.size()) - 1;
    const std::vector<std::uint32_t> wanted = {static_cast<std::uint32_t>(between(random, 1, last)),
                                               static_cast<std::uint32_t>(last)};
    PlainSession session(model, wanted);
    session.run(std::vector<TensorView>{{x.dims, x.values}});
    for (std::size_t index = 0; index < wanted.size(); ++index) {
      ASSERT_TRUE(std::ranges::equal(session.output(index).values, expected[wanted[index]].values))
          << "round " << round << ", value " << wanted[index];
    }
  }
}

TEST(PlainSession, ReturnsInputsAndConstantsThatAreWanted) {
  lowering::GraphBuilder builder;
  const std::uint32_t x = builder.add_input("x", {2});
  const std::uint32_t c = builder.add_constant("c", {2}, {5, 6});
  builder.add_operation("add", "sum", {x, c}, {}, {"y"});
  const PlainModel model(builder.graph());
  PlainSession session(model, std::vector{c, x});
  EXPECT_THROW(session.output(0), graph::GraphError) << "before the first run";
  const TestTensor in = counting({2});
  session.run(std::vector<TensorView>{{in.dims, in.values}});
  EXPECT_THAT(session.output(0).values, ElementsAre(5, 6));
  EXPECT_THAT(session.output(1).values, ElementsAre(1, 2));
}

TEST(PlainSession, FollowsTheShapesOfItsInputsWhereTheGraphLeavesThemOpen) {
  const std::int64_t open[2] = {-1, 2};
  const glk_value x{sizeof(glk_value), GLK_FLOAT32, "x", 2, open, nullptr};
  const glk_value y{sizeof(glk_value), GLK_FLOAT32, "y", 2, open, nullptr};
  const glk_value* values[2] = {&x, &y};
  const std::uint32_t in[1] = {0}, out[1] = {1};
  const glk_operation relu{sizeof(glk_operation), 0, "relu", "act", in, 1, out, 1, nullptr, 0, nullptr, 0};
  const glk_operation* operations[1] = {&relu};
  const glk_graph graph{sizeof(glk_graph), 0, values, 2, operations, 1, in, 1, out, 1};
  EXPECT_TRUE(graph::is_supported(graph, graph::OperationView(relu)));
  const PlainModel model(graph);
  PlainSession session(model, std::vector<std::uint32_t>{1});
  for (const std::int64_t rows : {1, 3, 2}) {
    const TestTensor input = counting({rows, 2});
    session.run(std::vector<TensorView>{{input.dims, input.values}});
    EXPECT_TRUE(std::ranges::equal(session.output(0).dims, input.dims));
    EXPECT_TRUE(std::ranges::equal(session.output(0).values, input.values));
  }
  const TestTensor wide = counting({1, 3});
  EXPECT_THROW(session.run(std::vector<TensorView>{{wide.dims, wide.values}}), graph::GraphError);
  const TestTensor fine = counting({1, 2});
  session.run(std::vector<TensorView>{{fine.dims, fine.values}});  // as if the wrong one had not been
  EXPECT_THAT(session.output(0).values, ElementsAre(1, 2));
}

TEST(PlainSession, RefusesWrongInputsAndWishes) {
  lowering::GraphBuilder builder;
  builder.add_operation("relu", "act", {builder.add_input("x", {2})}, {}, {"y"});
  const PlainModel model(builder.graph());
  EXPECT_THROW(PlainSession(model, std::vector<std::uint32_t>{2}), graph::GraphError);
  PlainSession session(model, std::vector<std::uint32_t>{1});
  EXPECT_THROW(session.run({}), graph::GraphError);
  const TestTensor short_input{{2}, {1}};
  EXPECT_THROW(session.run(std::vector<TensorView>{{short_input.dims, short_input.values}}), graph::GraphError);
}

// x (16 floats, not counted) -> a -> b -> c: two of the three are alive at once, each a line of 64 bytes.
TEST(PlainSession, TakesNoMoreMemoryThanItsLimit) {
  lowering::GraphBuilder builder;
  std::uint32_t value = builder.add_input("x", {16});
  for (const std::string name : {"a", "b", "c"}) value = builder.add_operation("tanh", name, {value}, {}, {name})[0];
  builder.add_output(value);
  const TestTensor x{{16}, std::vector<float>(16, 1)};
  const auto run = [&](std::uint64_t limit, std::vector<std::uint32_t> wanted) {
    const PlainModel model(builder.graph(), {}, {}, limit);
    PlainSession session(model, wanted);
    session.run(std::vector<TensorView>{{x.dims, x.values}});
  };
  EXPECT_NO_THROW(run(128, {value}));
  EXPECT_THAT([&] { run(127, {value}); },
              ::testing::ThrowsMessage<graph::GraphError>(::testing::HasSubstr("layer 'b' (tanh): ")));
  // With all of them wanted, each stays.
  EXPECT_NO_THROW(run(192, {1, 2, 3}));
  EXPECT_THAT(
      [&] {
        run(191, {1, 2, 3});
      },
      ::testing::ThrowsMessage<graph::GraphError>(::testing::HasSubstr("GiB are needed at once")));
}

TEST(PlainModel, LetsABackendTakeOverWhatItLikes) {
  lowering::GraphBuilder builder;
  const std::uint32_t x = builder.add_input("x", {2});
  const std::uint32_t c = builder.add_constant("c", {2}, {10, 20});
  const std::uint32_t sum = builder.add_operation("add", "sum", {x, c}, {}, {"sum"}).front();
  const std::uint32_t y = builder.add_operation("linear", "twice", {sum}, {{"alpha", 2.0}, {"beta", 0.0}}, {"y"})[0];
  std::atomic<int> calls = 0;
  const PlainModel model(builder.graph(), [&](const graph::GraphView& graph, const graph::OperationView& operation) {
    if (operation.type() != "add") return graph::Step();
    // What the weights need is done once, here.
    const float first = graph.value(operation.inputs()[1]).floats()[0];
    return graph::Step([&calls, first](auto inputs, auto outputs) {
      ++calls;
      for (std::size_t index = 0; index < outputs[0].values.size(); ++index) {
        outputs[0].values[index] = inputs[0].values[index] + first;
      }
    });
  });
  const TestTensor in = counting({2});
  // Sessions on several threads share the steps.
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([&] {
      PlainSession session(model, std::vector{y});
      session.run(std::vector<TensorView>{{in.dims, in.values}});
      EXPECT_THAT(session.output(0).values, ElementsAre(22, 24));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(calls, 4);
}

}  // namespace
}  // namespace goldilocks::testing
