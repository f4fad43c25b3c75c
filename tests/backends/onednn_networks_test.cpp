// Small networks of random operations, which meet each other's layouts: chains, branches and joins, with inner values
// wanted or not. Then the cases by hand that a random network may miss.
#include <algorithm>
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

using lowering::Dims;
using lowering::GraphBuilder;
using Values = std::vector<std::uint32_t>;

// What networks are made of; operations without a slope that is bounded are left out, as they would turn the rounding
// of one into the error of the next.
const std::vector<std::string>& network_types() {
  static const std::vector<std::string> types = {
      "convolution",   "convolution",   "convolution",   "convolution",
      "relu",          "relu",          "leaky_relu",    "sigmoid",
      "tanh",          "hard_sigmoid",  "elu",           "scaled_tanh",
      "softmax",       "max_pool",      "max_pool",      "concat",
      "concat",        "concat",        "split",         "add",
      "add",           "maximum",       "average",       "affine",
      "affine",        "average_pool",  "reshape",       "transpose",
      "slice",         "pad",           "upsample",      "local_response_normalization",
      "deconvolution", "inner_product", "threshold",     "abs",
      "gelu",          "sin",           "clip",          "subtract",
      "where",         "reduce_mean",   "cumulative_sum"};
  return types;
}

// Adds up to `count` operations, each on a value that is there already; most often the latest.
Values grow(GraphBuilder& graph, RandomOperations& operations, std::uint32_t x, int count) {
  Values values = {x};
  for (int added = 0; added < count; ++added) {
    const std::uint32_t source = operations.chance(0.7) ? values.back() : operations.one_of(values);
    if (graph.dims(source).size() < 3) continue;
    try {
      for (const std::uint32_t output : operations.add(operations.one_of(network_types()), source)) {
        values.push_back(output);
      }
    } catch (const graph::GraphError&) {
      continue;  // what came up doesn't suit; its parameters stay behind as constants that nobody reads
    }
  }
  values.erase(values.begin());
  return values;
}

TEST(OnednnNetwork, AgreesWithTheReferenceWhateverInnerValuesAreWanted) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    GraphBuilder graph;
    RandomOperations operations(graph, random);
    const std::int64_t side = operations.between(5, 14);
    const Dims shape = {operations.chance(0.7) ? 1 : 2, operations.one_of<std::int64_t>({3, 16, 32, 40}), side, side};
    const std::uint32_t x = graph.add_input("x", shape);
    Values values = grow(graph, operations, x, static_cast<int>(operations.between(2, 12)));
    if (values.empty()) continue;
    graph.add_output(values.back());
    Values wanted = {values.back()};
    for (const std::uint32_t value : values) {
      if (operations.chance(0.15)) wanted.push_back(value);
    }
    const std::vector<Tensor> inputs = {random_input(random, shape)};
    ASSERT_TRUE(agree(run_backend("onednn", graph.graph(), wanted, inputs),
                      run_backend("reference", graph.graph(), wanted, inputs), 1e-4))
        << "seed " << seed << ", wanted " << ::testing::PrintToString(wanted) << describe(graph.graph());
  }
}

// A network by hand. Weights are random.
struct Network {
  std::mt19937 random{7};
  GraphBuilder graph;
  RandomOperations operations{graph, random};
  int count = 0;

  std::uint32_t add(const std::string& type, Values inputs, lowering::Attributes attributes = {}) {
    const std::string name = type + std::to_string(count++);
    return graph.add_operation(type, name, std::move(inputs), std::move(attributes), {name})[0];
  }
  std::uint32_t convolve(std::uint32_t x, std::int64_t outputs, std::int64_t kernel = 1) {
    const Dims& dims = graph.dims(x);
    const std::uint32_t weight = operations.constant({outputs, dims[dims.size() - 3], kernel, kernel}, 0.2);
    return add("convolution", {x, weight}, {{"padding", "same_upper"}});
  }
  void expect_agreement(const Values& wanted) {
    std::vector<Tensor> inputs;
    for (const std::uint32_t input : std::span(graph.graph().inputs, graph.graph().input_count)) {
      inputs.push_back(random_input(random, graph.dims(input)));
    }
    EXPECT_TRUE(agree(run_backend("onednn", graph.graph(), wanted, inputs),
                      run_backend("reference", graph.graph(), wanted, inputs), 1e-5));
  }
};

TEST(OnednnNetwork, AFireModuleJoinsItsBranchesInPlace) {
  Network network;
  const std::uint32_t x = network.graph.add_input("x", {1, 32, 9, 9});
  const std::uint32_t squeeze = network.add("relu", {network.convolve(x, 16)});
  const std::uint32_t narrow = network.add("relu", {network.convolve(squeeze, 64)});
  const std::uint32_t wide = network.add("relu", {network.convolve(squeeze, 64, 3)});
  const std::uint32_t joined = network.add("concat", {narrow, wide}, {{"axis", std::int64_t{1}}});
  const std::uint32_t y = network.convolve(joined, 10);
  network.expect_agreement({y});
  network.expect_agreement({joined});
  network.expect_agreement({wide, y, narrow, squeeze});
}

TEST(OnednnNetwork, AJoinedValueMayBePartOfAnotherAndAppearTwice) {
  Network network;
  const std::uint32_t x = network.graph.add_input("x", {1, 16, 5, 5});
  const std::uint32_t a = network.convolve(x, 16, 3);
  const std::uint32_t b = network.add("concat", {a, network.convolve(a, 16, 3)}, {{"axis", std::int64_t{-3}}});
  const std::uint32_t c = network.add("concat", {b, network.convolve(b, 20), b}, {{"axis", std::int64_t{-3}}});
  const std::uint32_t d = network.add("concat", {a, x, c}, {{"axis", std::int64_t{-3}}});
  network.expect_agreement({d, b});
}

TEST(OnednnNetwork, ChannelsThatDontFillABlockStayApart) {
  Network network;
  const std::uint32_t x = network.graph.add_input("x", {1, 3, 7, 7});
  const std::uint32_t odd = network.add("sigmoid", {network.convolve(x, 21, 3)});
  const std::uint32_t even = network.convolve(x, 32, 3);
  const std::uint32_t first = network.add("concat", {odd, even}, {{"axis", std::int64_t{1}}});
  const std::uint32_t last = network.add("concat", {even, odd}, {{"axis", std::int64_t{1}}});
  network.expect_agreement({network.convolve(first, 8), network.convolve(last, 8)});
}

TEST(OnednnNetwork, ASplitValueIsReadInPlaceAndNotOverwritten) {
  Network network;
  const std::uint32_t x = network.graph.add_input("x", {1, 3, 6, 6});
  const std::uint32_t whole = network.convolve(x, 48, 3);
  const Values parts = network.graph.add_operation(
      "split", "split", {whole}, {{"axis", std::int64_t{1}}, {"sizes", std::vector<std::int64_t>{16, 32}}}, {"p", "q"});
  const std::uint32_t left = network.add("tanh", {parts[0]});
  const std::uint32_t right = network.add("relu", {parts[1]});
  network.expect_agreement({network.add("concat", {right, left, parts[0]}, {{"axis", std::int64_t{1}}}), whole});
}

TEST(OnednnNetwork, FoldsABatchNormalizationIntoWhatComesBefore) {
  Network network;
  const std::uint32_t x = network.graph.add_input("x", {2, 8, 6, 6});
  const auto normalized = [&](std::uint32_t value, std::int64_t channels) {
    return network.add("relu", {network.add("affine", {value, network.operations.constant({channels, 1, 1}, 2),
                                                       network.operations.constant({channels, 1, 1}, 1)})});
  };
  const std::uint32_t a = normalized(network.convolve(x, 24, 3), 24);
  const std::uint32_t weight = network.operations.constant({24, 5, 2, 2}, 0.3);
  const std::uint32_t bias = network.operations.constant({10}, 0.3);
  const std::uint32_t b =
      normalized(network.add("deconvolution", {a, weight, bias}, {{"groups", std::int64_t{2}}}), 10);
  const std::uint32_t flat = network.operations.constant({6, 490}, 0.1);
  network.expect_agreement({normalized(network.add("inner_product", {b, flat}, {{"input_axes", std::int64_t{3}}}), 6)});
}

TEST(OnednnNetwork, WhatFillsABlockUpIsNeverRead) {
  Network network;
  const std::uint32_t x = network.graph.add_input("x", {1, 16, 1, 1});
  const std::uint32_t few = network.convolve(x, 8);
  const std::uint32_t scale = network.operations.constant({8, 1, 1}, 1);
  const std::uint32_t shift = network.operations.constant({8, 1, 1}, 1);
  const std::uint32_t scaled = network.add("affine", {few, scale, shift});  // stands alone: `few` is read twice
  const std::uint32_t moved = network.add("sigmoid", {network.add("multiply", {few, scale})});
  network.expect_agreement({network.convolve(scaled, 32), network.convolve(moved, 32), network.convolve(few, 5)});
}

TEST(OnednnNetwork, AResidualBlockAddsOverMemoryThatIsFree) {
  Network network;
  const std::uint32_t x = network.graph.add_input("x", {1, 16, 8, 8});
  std::uint32_t y = x;
  for (int block = 0; block < 3; ++block) {
    const std::uint32_t branch = network.convolve(network.add("relu", {network.convolve(y, 16, 3)}), 16, 3);
    y = network.add("relu", {network.add("add", {branch, y})});
  }
  network.expect_agreement({y});
}

}  // namespace
}  // namespace goldilocks::testing
