// The oracle as a plugin: what goes through the interface comes back as the plain kernels compute it.
#include <thread>

#include <gmock/gmock.h>

#include "core/base/error.hpp"
#include "core/graph/graph_builder.hpp"
#include "tests/backends/backend_pair.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// x [1, 2, 2] -> convolution by 2 -> relu
struct SmallNetwork {
  lowering::GraphBuilder builder;
  std::uint32_t x = builder.add_input("x", {1, 2, 2});
  std::uint32_t weight = builder.add_constant("w", {1, 1, 1, 1}, {2});
  std::uint32_t twice = builder.add_operation("convolution", "conv", {x, weight}, {}, {"twice"}).front();
  std::uint32_t y = builder.add_operation("relu", "act", {twice}, {}, {"y"}).front();
};

const Tensor given{{1, 2, 2}, {-1, 2, -3, 4}};

TEST(ReferenceBackend, ReturnsOutputsAndInnerTensors) {
  SmallNetwork network;
  const std::vector<std::uint32_t> wanted = {network.y, network.twice, network.weight, network.x};
  const std::vector<Tensor> results = run_backend("reference", network.builder.graph(), wanted, std::vector{given});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_THAT(results[0].values, ElementsAre(0, 4, 0, 8));
  EXPECT_THAT(results[0].dims, ElementsAre(1, 2, 2));
  EXPECT_THAT(results[1].values, ElementsAre(-2, 4, -6, 8));
  EXPECT_THAT(results[2].values, ElementsAre(2));
  EXPECT_EQ(results[3].values, given.values);
}

TEST(ReferenceBackend, SessionsRunSideBySide) {
  SmallNetwork network;
  const plugins::BackendPlugin& plugin = backend("reference");
  const auto model = plugin.create_model(options_of(plugin), network.builder.graph(), {});
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      const auto session = model->create_session(std::vector{network.y});
      Tensor input = given;
      input.values[1] = static_cast<float>(number);
      for (int round = 0; round < 20; ++round) {
        EXPECT_THAT(run_session(*session, std::vector{input})[0].values,
                    ElementsAre(0, 2 * static_cast<float>(number), 0, 8));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ReferenceBackend, RefusesAnUnknownOperationBeforeItPreparesAnything) {
  SmallNetwork network;
  glk_graph graph = network.builder.graph();
  glk_operation unknown = *graph.operations[1];
  unknown.type = "teleport";
  const std::vector<const glk_operation*> operations = {graph.operations[0], &unknown};
  graph.operations = operations.data();
  const plugins::BackendPlugin& plugin = backend("reference");
  try {
    plugin.create_model(options_of(plugin), graph, {});
    FAIL() << "the operation was taken";
  } catch (const PluginError& error) {
    EXPECT_THAT(error.what(), HasSubstr("act"));
    EXPECT_THAT(error.what(), HasSubstr("teleport"));
  }
}

TEST(ReferenceBackend, RefusesAnInputOfAnotherShape) {
  SmallNetwork network;
  const std::vector<std::uint32_t> wanted = {network.y};
  try {
    run_backend("reference", network.builder.graph(), wanted, std::vector{Tensor{{1, 1, 4}, {1, 2, 3, 4}}});
    FAIL() << "the input was taken";
  } catch (const PluginError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'x' has shape [1, 1, 4] instead of [1, 2, 2]"));
  }
}

}  // namespace
}  // namespace goldilocks::testing
