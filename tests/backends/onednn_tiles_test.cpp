// 3x3 convolutions large enough for tiles of 4x4 (plugins/backends/onednn/winograd): the onednn backend against
// formulas and the reference.
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/backends/backend_pair.hpp"
#include "tests/backends/random_operations.hpp"

namespace goldilocks::testing {
namespace {

using lowering::Attributes;
using lowering::Dims;
using lowering::GraphBuilder;

// With inputs and weights of 1, each output is the number of cells of the window that lie in the plane, times the
// channels.
TEST(OnednnTiles, CountTheCellsUnderAWindow) {
  constexpr std::int64_t channels = 16;
  constexpr std::int64_t size = 9;
  GraphBuilder graph;
  const std::uint32_t x = graph.add_input("x", {channels, size, size});
  const std::uint32_t weight =
      graph.add_constant("weight", {channels, channels, 3, 3}, std::vector<float>(channels * channels * 9, 1.0F));
  const std::vector<std::uint32_t> y =
      graph.add_operation("convolution", "layer", {x, weight}, {{"pads", std::vector<std::int64_t>(4, 1)}}, {"y"});
  Tensor ones{{channels, size, size}, {}};
  ones.values.resize(channels * size * size, 1.0F);
  const std::vector<Tensor> outputs = run_backend("onednn", graph.graph(), y, std::vector<Tensor>{ones});
  ASSERT_EQ(outputs[0].dims, (Dims{channels, size, size}));
  const auto cells = [](std::int64_t at) { return at == 0 || at == size - 1 ? 2 : 3; };
  for (std::int64_t index = 0; index < channels * size * size; ++index) {
    const std::int64_t expected = channels * cells(index / size % size) * cells(index % size);
    EXPECT_NEAR(outputs[0].values[static_cast<std::size_t>(index)], static_cast<float>(expected), 1e-3) << index;
  }
}

// Channels that fill blocks and such that don't, an odd and an even number of blocks, tiles cut off at the border, all
// paddings, images side by side, folded affine operations and every fused activation.
TEST(OnednnTiles, AgreeWithTheReferenceOverRandomShapes) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    GraphBuilder graph;
    RandomOperations operations(graph, random);
    const auto inputs = operations.one_of<std::int64_t>({8, 16, 20, 32, 48, 64});
    const auto channels = operations.one_of<std::int64_t>({8, 16, 24, 32, 48, 80});
    Dims shape = {inputs, operations.between(3, 21), operations.between(3, 21)};
    if (operations.chance(0.3)) shape.insert(shape.begin(), operations.between(1, 3));
    const std::uint32_t x = graph.add_input("x", shape);
    std::vector<std::uint32_t> given = {
        x, operations.constant({channels, inputs, 3, 3}, std::sqrt(3 / static_cast<double>(9 * inputs)))};
    if (operations.chance(0.5)) given.push_back(operations.constant({channels}, 1));
    const std::vector<std::int64_t> pads = {operations.between(0, 2), operations.between(0, 2),
                                            operations.between(0, 2), operations.between(0, 2)};
    std::vector<std::uint32_t> y = graph.add_operation("convolution", "layer", given, {{"pads", pads}}, {"convolved"});
    if (operations.chance(0.3)) {
      const std::uint32_t scale = operations.constant({channels, 1, 1}, 2);
      const std::uint32_t shift = operations.constant({channels, 1, 1}, 1);
      y = graph.add_operation("affine", "affine", {y[0], scale, shift}, {}, {"scaled"});
    }
    const auto activation = operations.one_of<std::string>({"", "relu", "leaky_relu", "tanh"});
    if (!activation.empty()) {
      Attributes attributes;
      if (activation == "leaky_relu") attributes.push_back({"alpha", operations.number(-0.5, 0.5)});
      y = graph.add_operation(activation, activation, {y[0]}, std::move(attributes), {"y"});
    }
    const std::vector<Tensor> values = {random_input(random, shape)};
    ASSERT_TRUE(agree(run_backend("onednn", graph.graph(), y, values),
                      run_backend("reference", graph.graph(), y, values), 2e-5))
        << "seed " << seed << ", input " << graph::to_text(shape) << describe(graph.graph());
  }
}

}  // namespace
}  // namespace goldilocks::testing
