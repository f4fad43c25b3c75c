#include "tests/graph/operation_runner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <goldilocks/graph/plain.hpp>
#include <gtest/gtest.h>

namespace goldilocks::testing {
namespace {

std::vector<std::uint32_t> build(lowering::GraphBuilder& builder, const std::string& type,
                                 const std::vector<TestTensor>& inputs, const Attributes& attributes,
                                 std::size_t outputs) {
  std::vector<std::uint32_t> values;
  for (const TestTensor& input : inputs) {
    values.push_back(input.values.empty() ? GLK_NO_VALUE
                                          : builder.add_input("in" + std::to_string(values.size()), input.dims));
  }
  std::vector<std::string> names;
  for (std::size_t index = 0; index < outputs; ++index) names.push_back("out" + std::to_string(index));
  return builder.add_operation(type, "the layer", values, attributes, names);
}

}  // namespace

TestTensor counting(Dims dims) {
  TestTensor tensor{dims, std::vector<float>(static_cast<std::size_t>(graph::element_count(dims)))};
  std::iota(tensor.values.begin(), tensor.values.end(), 1.0F);
  return tensor;
}

TestTensor random_tensor(std::mt19937& random, Dims dims, float low, float high) {
  std::uniform_real_distribution<float> distribution(low, high);
  TestTensor tensor{dims, std::vector<float>(static_cast<std::size_t>(graph::element_count(dims)))};
  std::ranges::generate(tensor.values, [&] { return distribution(random); });
  return tensor;
}

std::int64_t between(std::mt19937& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

std::vector<TestTensor> run_operation(const std::string& type, const std::vector<TestTensor>& inputs,
                                      const Attributes& attributes, std::size_t outputs) {
  lowering::GraphBuilder builder;
  const std::vector<std::uint32_t> wanted = build(builder, type, inputs, attributes, outputs);
  const graph::PlainModel model(builder.graph());
  graph::PlainSession session(model, wanted);
  std::vector<graph::TensorView> views;
  for (const TestTensor& input : inputs) {
    if (!input.values.empty()) views.push_back({input.dims, input.values});
  }
  session.run(views);
  std::vector<TestTensor> results;
  for (std::size_t index = 0; index < outputs; ++index) {
    const graph::TensorView view = session.output(index);
    results.push_back({{view.dims.begin(), view.dims.end()}, {view.values.begin(), view.values.end()}});
  }
  return results;
}

TestTensor run_one(const std::string& type, const std::vector<TestTensor>& inputs, const Attributes& attributes) {
  return run_operation(type, inputs, attributes).front();
}

std::string problem_of(const std::string& type, const std::vector<TestTensor>& inputs, const Attributes& attributes,
                       std::size_t outputs) {
  try {
    lowering::GraphBuilder builder;
    build(builder, type, inputs, attributes, outputs);
  } catch (const graph::GraphError& error) {
    EXPECT_EQ(std::string(error.what()).find("layer 'the layer' (" + type + "): "), 0U) << error.what();
    return error.problem();
  }
  return "";
}

void expect_near(const TestTensor& actual, const TestTensor& expected, double tolerance) {
  ASSERT_EQ(actual.dims, expected.dims);
  ASSERT_EQ(actual.values.size(), expected.values.size());
  for (std::size_t index = 0; index < actual.values.size(); ++index) {
    const auto want = static_cast<double>(expected.values[index]);
    const double most = tolerance * std::max(1.0, std::fabs(want));
    ASSERT_NEAR(static_cast<double>(actual.values[index]), want, most) << "at " << index;
  }
}

}  // namespace goldilocks::testing
