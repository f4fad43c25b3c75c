// Sessions: many at once, shapes that change, what is wanted, what is refused; and values that are no numbers.
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/backends/backend_pair.hpp"
#include "tests/backends/random_operations.hpp"

namespace goldilocks::testing {
namespace {

using lowering::Dims;
using lowering::GraphBuilder;
using Values = std::vector<std::uint32_t>;

// Two convolutions with a join, on an input of this shape.
struct SmallNetwork {
  std::mt19937 random{3};
  GraphBuilder graph;
  std::uint32_t x, joined, y;

  explicit SmallNetwork(Dims shape) {
    RandomOperations operations(graph, random);
    x = graph.add_input("x", std::move(shape));
    const auto convolve = [&](std::uint32_t value, std::int64_t outputs, const std::string& name) {
      const std::int64_t channels = graph.dims(value)[1];
      const std::uint32_t weight = operations.constant({outputs, channels, 3, 3}, 0.2);
      const std::uint32_t sum =
          graph.add_operation("convolution", name, {value, weight}, {{"padding", "same_upper"}}, {name})[0];
      return graph.add_operation("relu", name + "_relu", {sum}, {}, {name + "_relu"})[0];
    };
    const std::uint32_t a = convolve(x, 16, "a");
    joined = graph.add_operation("concat", "join", {a, convolve(a, 32, "b")}, {{"axis", std::int64_t{1}}}, {"join"})[0];
    const std::uint32_t pooled =
        graph.add_operation("max_pool", "pool", {joined}, {{"kernel", std::vector<std::int64_t>{2, 2}}}, {"pool"})[0];
    y = convolve(pooled, 5, "c");
    graph.add_output(y);
  }
};

TEST(OnednnSession, SessionsOnManyThreadsGiveTheBytesOfOne) {
  SmallNetwork network({1, 3, 12, 12});
  const auto& plugin = backend("onednn");
  const auto model = plugin.create_model(options_of(plugin), network.graph.graph(), {});
  const Values wanted = {network.y, network.joined};
  std::vector<std::vector<Tensor>> inputs;
  std::vector<std::vector<Tensor>> alone;
  const auto session = model->create_session(wanted);
  for (int image = 0; image < 16; ++image) {
    inputs.push_back({random_input(network.random, {1, 3, 12, 12})});
    alone.push_back(run_session(*session, inputs.back()));
  }
  constexpr std::size_t threads = 6;
  std::vector<int> differences(threads, 0);
  std::vector<std::thread> workers;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    workers.emplace_back([&, thread] {
      const auto own = model->create_session(thread % 2 == 0 ? wanted : Values{network.y});
      for (std::size_t run = 0; run < 60; ++run) {
        const std::size_t image = (run + thread) % inputs.size();
        const std::vector<Tensor> outputs = run_session(*own, inputs[image]);
        for (std::size_t output = 0; output < outputs.size(); ++output) {
          if (outputs[output].values != alone[image][output].values) ++differences[thread];
        }
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_THAT(differences, ::testing::Each(0));
}

TEST(OnednnSession, WantedValuesComeInTheirOrderAndMayRepeat) {
  SmallNetwork network({1, 3, 6, 6});
  const std::vector<Tensor> inputs = {random_input(network.random, {1, 3, 6, 6})};
  const Values wanted = {network.joined, network.x, network.y, network.joined};
  const std::vector<Tensor> outputs = run_backend("onednn", network.graph.graph(), wanted, inputs);
  EXPECT_TRUE(agree(outputs, run_backend("reference", network.graph.graph(), wanted, inputs), 1e-5));
  EXPECT_EQ(outputs[1].values, inputs[0].values);
  EXPECT_EQ(outputs[0].values, outputs[3].values);
}

// The graph with its input's dimensions left open.
class OpenGraph {
 public:
  explicit OpenGraph(const glk_graph& graph) : graph_(graph), values_(graph.values, graph.values + graph.value_count) {
    open_.reserve(values_.size());
    for (const glk_value*& value : values_) {
      if (value->data != nullptr) continue;
      open_.push_back(*value);
      open_.back().dims = unknown_;
      value = &open_.back();
    }
    graph_.values = values_.data();
  }
  const glk_graph& graph() const { return graph_; }

 private:
  static constexpr std::int64_t unknown_[4] = {-1, -1, -1, -1};
  glk_graph graph_;
  std::vector<const glk_value*> values_;
  std::vector<glk_value> open_;
};

TEST(OnednnSession, OpenShapesMayChangeFromRunToRun) {
  SmallNetwork network({1, 3, 6, 6});
  const OpenGraph open(network.graph.graph());
  const auto& plugin = backend("onednn");
  const auto model = plugin.create_model(options_of(plugin), open.graph(), {});
  const auto session = model->create_session(Values{network.y});
  for (const Dims& shape : {Dims{1, 3, 6, 6}, Dims{1, 3, 9, 5}, Dims{4, 3, 6, 6}, Dims{1, 3, 6, 6}}) {
    const std::vector<Tensor> inputs = {random_input(network.random, shape)};
    EXPECT_TRUE(
        agree(run_session(*session, inputs), run_backend("reference", open.graph(), Values{network.y}, inputs), 1e-5));
  }
}

// y = relu(x), twice as large where the condition holds: shapes that only the run tells are left to the kit.
TEST(OnednnSession, RunsControlFlow) {
  GraphBuilder graph;
  const std::uint32_t condition = graph.add_input("condition", {1}), x = graph.add_input("x", {2});
  const std::uint32_t positive = graph.add_operation("relu", "relu", {x}, {}, {"positive"})[0];
  auto yes = std::make_unique<GraphBuilder>(), no = std::make_unique<GraphBuilder>();
  const std::uint32_t in = yes->add_input("positive", {2});
  yes->add_output(yes->add_operation("add", "twice", {in, in}, {}, {"twice"})[0]);
  no->add_output(no->add_input("positive", {2}));
  GraphBuilder::Subgraphs ways;
  ways.push_back(std::move(yes));
  ways.push_back(std::move(no));
  const std::uint32_t y = graph.add_control_flow("branch", "if", {condition, positive}, {}, {"y"}, std::move(ways))[0];
  graph.add_output(y);
  for (const float chosen : {0.0F, 1.0F}) {
    const std::vector<Tensor> inputs = {{{1}, {chosen}}, {{2}, {-3, 4}}};
    EXPECT_THAT(run_backend("onednn", graph.graph(), Values{y}, inputs).at(0).values,
                ::testing::ElementsAre(0, chosen == 0 ? 4 : 8));
  }
}

TEST(OnednnSession, RefusesInputsThatDontFitAndGoesOn) {
  SmallNetwork network({1, 3, 6, 6});
  const auto& plugin = backend("onednn");
  const auto model = plugin.create_model(options_of(plugin), network.graph.graph(), {});
  EXPECT_THAT(
      [&] { model->create_session(Values{9999}); },
      ::testing::ThrowsMessage<PluginError>(::testing::HasSubstr("backend 'onednn': asked for value 9999 of ")));
  const auto session = model->create_session(Values{network.y});
  EXPECT_THAT([&] { run_session(*session, {}); },
              ::testing::ThrowsMessage<PluginError>(::testing::HasSubstr("backend 'onednn': given 0 inputs of 1")));
  const std::vector<Tensor> wrong = {random_input(network.random, {1, 3, 7, 6})};
  try {
    run_session(*session, wrong);
    FAIL() << "a wrong shape was taken";
  } catch (const PluginError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("'x' has shape [1, 3, 7, 6] instead of [1, 3, 6, 6]"));
  }
  const std::vector<Tensor> inputs = {random_input(network.random, {1, 3, 6, 6})};
  EXPECT_TRUE(agree(run_session(*session, inputs),
                    run_backend("reference", network.graph.graph(), Values{network.y}, inputs), 1e-5));
}

TEST(OnednnSession, InfinitiesAndNanFlowAsInTheReference) {
  SmallNetwork network({1, 3, 8, 8});
  const auto& plugin = backend("onednn");
  const auto model = plugin.create_model(options_of(plugin), network.graph.graph(), {});
  const Values wanted = {network.y, network.joined};
  const auto session = model->create_session(wanted);
  for (const float special : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity()}) {
    std::vector<Tensor> inputs = {random_input(network.random, {1, 3, 8, 8})};
    inputs[0].values[100] = special;
    EXPECT_TRUE(
        agree(run_session(*session, inputs), run_backend("reference", network.graph.graph(), wanted, inputs), 1e-5))
        << special;
    inputs[0].values[100] = 0;
    EXPECT_TRUE(
        agree(run_session(*session, inputs), run_backend("reference", network.graph.graph(), wanted, inputs), 1e-5));
  }
}

TEST(OnednnSession, AnInfiniteWeightCountsToo) {
  GraphBuilder graph;
  const std::uint32_t x = graph.add_input("x", {1, 1, 2, 2});
  const std::uint32_t weight = graph.add_constant("weight", {1, 1, 1, 1}, {std::numeric_limits<float>::infinity()});
  const Values y = graph.add_operation("convolution", "layer", {x, weight}, {}, {"y"});
  const std::vector<Tensor> inputs = {{{1, 1, 2, 2}, {0, 1, -1, 2}}};
  const std::vector<Tensor> outputs = run_backend("onednn", graph.graph(), y, inputs);
  EXPECT_TRUE(std::isnan(outputs[0].values[0]));
  EXPECT_TRUE(agree(outputs, run_backend("reference", graph.graph(), y, inputs), 0));
}

TEST(OnednnSession, WinogradCanBeSwitchedOff) {
  SmallNetwork network({1, 16, 12, 12});
  const auto& plugin = backend("onednn");
  const std::vector<Tensor> inputs = {random_input(network.random, {1, 16, 12, 12})};
  const std::vector<Tensor> expected = run_backend("reference", network.graph.graph(), Values{network.y}, inputs);
  for (const bool winograd : {true, false}) {
    const auto model = plugin.create_model(options_of(plugin, {{"winograd", winograd}}), network.graph.graph(), {});
    const auto session = model->create_session(Values{network.y});
    EXPECT_TRUE(agree(run_session(*session, inputs), expected, 1e-5)) << winograd;
  }
}

// Products of 1e-40, of which each takes a processor a hundred cycles.
TEST(OnednnSession, TakesDenormalsForZeroInItsOwnCodeAlone) {
  constexpr float tiny = 5e-39F;
  GraphBuilder graph;
  const Dims shape = {1, 16, 8, 8};
  const std::uint32_t x = graph.add_input("x", shape);
  const std::uint32_t weight = graph.add_constant("weight", {16, 16, 1, 1}, std::vector<float>(256, 1e-30F));
  const Values products = graph.add_operation("convolution", "products", {x, weight}, {}, {"products"});
  const std::uint32_t y = graph.add_input("y", {2});
  const Values inverses = graph.add_operation("inverse", "inverses", {y}, {}, {"inverses"});
  Tensor small{shape, {}};
  small.values.resize(std::size_t{16} * 64, 1e-10F);
  const std::vector<Tensor> inputs = {small, {{2}, {tiny, -tiny}}};
  const std::vector<Tensor> outputs = run_backend("onednn", graph.graph(), Values{products[0], inverses[0]}, inputs);
  EXPECT_THAT(outputs[0].values, ::testing::Each(0.0F));
  EXPECT_THAT(outputs[1].values, ::testing::ElementsAre(1 / tiny, -1 / tiny)) << "where they may matter, they stay";
  const volatile float still = tiny;
  EXPECT_NE(still / 2, 0.0F) << "the caller's arithmetic is as before";
}

}  // namespace
}  // namespace goldilocks::testing
