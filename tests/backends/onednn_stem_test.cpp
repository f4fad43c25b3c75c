// A convolution of few channels and the maximum over windows behind it, which the onednn backend computes in one step
// (plugins/backends/onednn/stem): against values by eye, and against the reference.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/backends/backend_pair.hpp"
#include "tests/backends/random_operations.hpp"

namespace goldilocks::testing {
namespace {

using lowering::Attributes;
using lowering::Dims;
using lowering::GraphBuilder;

TEST(OnednnStem, TakesTheLargestOfSumsThenBiasAndRectifier) {
  GraphBuilder graph;
  const std::uint32_t x = graph.add_input("x", {1, 2, 4});
  const std::uint32_t weight = graph.add_constant("weight", {2, 1, 1, 1}, {1, -1});
  const std::uint32_t bias = graph.add_constant("bias", {2}, {1, 2});
  std::vector<std::uint32_t> y = graph.add_operation("convolution", "layer", {x, weight, bias}, {}, {"convolved"});
  y = graph.add_operation("relu", "relu", y, {}, {"rectified"});
  const std::vector<std::int64_t> two = {2, 2};
  y = graph.add_operation("max_pool", "pool", y, {{"kernel", two}, {"strides", two}}, {"y"});
  const std::vector<Tensor> inputs = {{{1, 2, 4}, {1, 2, 3, 4, -5, 6, 7, 8}}};
  const std::vector<Tensor> outputs = run_backend("onednn", graph.graph(), y, inputs);
  EXPECT_EQ(outputs[0].dims, (Dims{2, 1, 2}));
  EXPECT_THAT(outputs[0].values, ::testing::ElementsAre(7, 9, 7, 0));
}

TEST(OnednnStem, AgreesWithTheReferenceOverRandomShapes) {
  constexpr unsigned wanted_cases = 200;
  unsigned cases = 0;
  for (unsigned seed = 0; cases < wanted_cases; ++seed) {
    ASSERT_LT(seed, 20 * wanted_cases) << "too few seeds give a valid network";
    std::mt19937 random(seed);
    GraphBuilder graph;
    RandomOperations operations(graph, random);
    const std::int64_t inputs = operations.between(1, 4);
    const auto channels = operations.one_of<std::int64_t>({1, 8, 16, 24, 32, 40, 64});
    Dims shape = {inputs, operations.between(3, 40), operations.between(3, 40)};
    if (operations.chance(0.3)) shape.insert(shape.begin(), operations.between(1, 3));
    const std::uint32_t x = graph.add_input("x", shape);
    const std::int64_t height = operations.between(1, 5);
    const std::int64_t width = operations.between(1, 5);
    std::vector<std::uint32_t> given = {
        x, operations.constant({channels, inputs, height, width},
                               std::sqrt(3 / static_cast<double>(inputs * height * width)))};
    if (operations.chance(0.5)) given.push_back(operations.constant({channels}, 1));
    const auto several = [&](std::size_t count, std::int64_t low, std::int64_t high) {
      std::vector<std::int64_t> values(count);
      for (std::int64_t& value : values) value = operations.between(low, high);
      return values;
    };
    const auto pads = [&] { return operations.chance(0.5) ? std::vector<std::int64_t>(4, 0) : several(4, 0, 2); };
    const std::vector<std::int64_t> strides(2, operations.between(1, 4));
    std::vector<std::uint32_t> y;
    try {
      y = graph.add_operation("convolution", "layer", given, {{"pads", pads()}, {"strides", strides}}, {"convolved"});
      const auto activation = operations.one_of<std::string>({"", "relu", "relu", "leaky_relu", "sigmoid"});
      if (!activation.empty()) {
        Attributes attributes;
        if (activation == "leaky_relu") attributes.push_back({"alpha", operations.number(-0.5, 0.5)});
        y = graph.add_operation(activation, activation, {y[0]}, std::move(attributes), {"activated"});
      }
      y = graph.add_operation("max_pool", "pool", {y[0]},
                              {{"kernel", several(2, 1, 4)},
                               {"strides", several(2, 1, 3)},
                               {"pads", pads()},
                               {"round_up", operations.between(0, 1)}},
                              {"y"});
    } catch (const graph::GraphError&) {
      continue;  // a window that doesn't fit, say
    }
    graph.add_output(y[0]);
    const std::vector<Tensor> values = {random_input(random, shape)};
    ASSERT_TRUE(agree(run_backend("onednn", graph.graph(), y, values),
                      run_backend("reference", graph.graph(), y, values), 2e-5))
        << "seed " << seed << ", input " << graph::to_text(shape) << describe(graph.graph());
    ++cases;
  }
}

}  // namespace
}  // namespace goldilocks::testing
