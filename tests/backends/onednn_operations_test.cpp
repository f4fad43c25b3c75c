// Every operation with random attributes and shapes, on plain and on blocked inputs: the onednn backend against the
// reference.
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

using lowering::Dims;
using lowering::GraphBuilder;

// Channels below, at, above and at a multiple of a block; one image or several; rank 3 to 5.
Dims random_shape(RandomOperations& operations) {
  Dims shape = {operations.one_of<std::int64_t>({1, 3, 8, 16, 20, 32, 48}), operations.between(1, 12),
                operations.between(1, 12)};
  if (operations.chance(0.7)) shape.insert(shape.begin(), operations.chance(0.6) ? 1 : operations.between(2, 3));
  if (operations.chance(0.3)) shape.insert(shape.begin(), operations.between(1, 2));
  return shape;
}

// A convolution of x to some number of channels: the operation under test then finds its input in a blocked layout.
std::uint32_t in_blocks(GraphBuilder& graph, RandomOperations& operations, std::uint32_t x) {
  const Dims& dims = graph.dims(x);
  const std::int64_t inputs = dims[dims.size() - 3];
  const auto outputs = operations.one_of<std::int64_t>({3, 8, 16, 20, 32, 48});
  const std::uint32_t weight = operations.constant({outputs, inputs, 1, 1}, std::sqrt(3 / static_cast<double>(inputs)));
  return graph.add_operation("convolution", "blocks", {x, weight}, {}, {"blocks"})[0];
}

// Near a pole or a jump, these turn the rounding of what comes before into an error of any size.
bool is_steep(const std::string& type) {
  const std::vector<std::string> steep = {"acos",
                                          "acosh",
                                          "arg_max",
                                          "arg_min",
                                          "arg_sort",
                                          "asin",
                                          "atanh",
                                          "ceil",
                                          "divide",
                                          "embedding",
                                          "equal",
                                          "floor",
                                          "floor_divide",
                                          "greater",
                                          "inverse",
                                          "greater_equal",
                                          "less",
                                          "less_equal",
                                          "log",
                                          "logical_and",
                                          "logical_not",
                                          "logical_or",
                                          "logical_xor",
                                          "modulo",
                                          "not_equal",
                                          "pow",
                                          "power",
                                          "reduce_log_sum",
                                          "reduce_sum_log",
                                          "round",
                                          "round_to_half",
                                          "rsqrt",
                                          "sign",
                                          "sqrt",
                                          "tan",
                                          "thresholded_relu",
                                          "top_k",
                                          "dynamic_top_k",
                                          "non_zero",
                                          "range",
                                          "non_maximum_suppression",
                                          "random_categorical"};
  return std::ranges::find(steep, type) != steep.end();
}

class OnednnOperation : public ::testing::TestWithParam<std::string> {};

TEST_P(OnednnOperation, AgreesWithTheReferenceOverRandomShapesAndAttributes) {
  constexpr unsigned wanted_cases = 40;
  unsigned cases = 0;
  for (unsigned seed = 0; cases < wanted_cases; ++seed) {
    ASSERT_LT(seed, 20 * wanted_cases) << "too few seeds give a valid operation";
    std::mt19937 random(seed);
    GraphBuilder graph;
    RandomOperations operations(graph, random);
    const Dims shape = random_shape(operations);
    std::uint32_t x = graph.add_input("x", shape);
    if (!is_steep(GetParam()) && operations.chance(0.5)) x = in_blocks(graph, operations, x);
    std::vector<std::uint32_t> outputs;
    try {
      outputs = operations.add(GetParam(), x);
    } catch (const graph::GraphError&) {
      continue;  // a window that doesn't fit, say
    }
    for (const std::uint32_t output : outputs) graph.add_output(output);
    const std::vector<Tensor> inputs = {random_input(random, shape)};
    ASSERT_TRUE(agree(run_backend("onednn", graph.graph(), outputs, inputs),
                      run_backend("reference", graph.graph(), outputs, inputs), 1e-4))
        << "seed " << seed << ", input " << graph::to_text(shape) << describe(graph.graph());
    ++cases;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, OnednnOperation, ::testing::ValuesIn(RandomOperations::types()),
                         [](const auto& instance) { return instance.param; });

TEST(Onednn, ConvolvesTheSmallestCaseByEye) {
  GraphBuilder graph;
  const std::uint32_t x = graph.add_input("x", {1, 1, 3, 3});
  const std::uint32_t weight = graph.add_constant("weight", {1, 1, 2, 2}, {1, 0, 0, -1});
  const std::uint32_t bias = graph.add_constant("bias", {1}, {10});
  const std::vector<std::uint32_t> y = graph.add_operation("convolution", "layer", {x, weight, bias}, {}, {"y"});
  const std::vector<Tensor> inputs = {{{1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}};
  const std::vector<Tensor> outputs = run_backend("onednn", graph.graph(), y, inputs);
  EXPECT_EQ(outputs[0].dims, (Dims{1, 1, 2, 2}));
  EXPECT_THAT(outputs[0].values, ::testing::ElementsAre(6, 6, 6, 6));
}

}  // namespace
}  // namespace goldilocks::testing
