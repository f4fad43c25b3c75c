#include "tests/formats/neural_network/lowering/network_runner.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gmock/gmock.h>
#include <goldilocks/graph/plain.hpp>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/backends/backend_pair.hpp"
#include "tests/formats/neural_network/lowering/layer_cases.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// GCC's leak sanitizer crashes now and then at the end of a process in which oneDNN has run. So under the address
// sanitizer the tests are run twice: with the plain kernels alone, and with this variable and without a look for leaks.
bool with_onednn() {
#ifdef __SANITIZE_ADDRESS__
  return std::getenv("GOLDILOCKS_TEST_ONEDNN") != nullptr;
#else
  return true;
#endif
}

// What the plain kernels gave comes out of the fast backend, too.
void expect_same_by_onednn(const Network& network, const std::vector<std::uint32_t>& wanted,
                           const std::vector<std::vector<float>>& inputs, const std::vector<TestTensor>& results) {
  const auto tensor = [](const Dims& dims, const std::vector<float>& values) {
    return Tensor{dims, {values.begin(), values.end()}};
  };
  std::vector<Tensor> given, expected;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    given.push_back(tensor(network.inputs[index].dims, inputs[index]));
  }
  for (const TestTensor& result : results) expected.push_back(tensor(result.dims, result.values));
  EXPECT_TRUE(agree(run_backend("onednn", network.graph(), wanted, given), expected, 1e-4));
}

}  // namespace

namespace {

std::vector<TestTensor> run_lowered(const Network& network, const std::vector<std::vector<float>>& inputs) {
  std::vector<std::uint32_t> wanted;
  for (const lowering::NetworkOutput& output : network.outputs) wanted.push_back(output.value);
  const graph::PlainModel plain(network.graph());
  graph::PlainSession session(plain, wanted);
  std::vector<graph::TensorView> views;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    views.push_back({network.inputs[index].dims, inputs[index]});
  }
  session.run(views);
  std::vector<TestTensor> results;
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    const graph::TensorView view = session.output(index);
    results.push_back({{view.dims.begin(), view.dims.end()}, {view.values.begin(), view.values.end()}});
  }
  if (with_onednn()) expect_same_by_onednn(network, wanted, inputs, results);
  return results;
}

}  // namespace

std::vector<TestTensor> run_network(const spec::Model& model, const std::vector<std::vector<float>>& inputs,
                                    const lowering::LoweringOptions& options) {
  const std::shared_ptr<const Network> network = lowering::lower(model, options);
  note_layers(model, *network);
  return run_lowered(*network, inputs);
}

spec::Model one_layer(const std::vector<Dims>& shapes, const ModelBuilder::FillLayer& fill, int outputs) {
  ModelBuilder builder;
  std::vector<std::string> inputs, names;
  for (const Dims& shape : shapes) {
    inputs.push_back("in" + std::to_string(inputs.size()));
    builder.array_input(inputs.back(), shape);
  }
  if (shapes.empty()) builder.array_input("unused", {1});
  for (int index = 0; index < outputs; ++index) names.push_back("out" + std::to_string(index));
  builder.exact_shapes().layer("the layer", inputs, names, fill);
  for (const std::string& name : names) builder.output(name);
  return builder.build();
}

std::vector<TestTensor> run_layer_outputs(const std::vector<TestTensor>& inputs, const ModelBuilder::FillLayer& fill,
                                          int outputs, bool known) {
  ModelBuilder builder;
  builder.exact_shapes();
  std::vector<std::string> sources, results;
  std::vector<std::vector<float>> values;
  for (const TestTensor& input : inputs) {
    sources.push_back("in" + std::to_string(sources.size()));
    if (known && sources.size() > 1) {
      builder.layer(sources.back(), {}, {sources.back()}, [&](spec::NeuralNetworkLayer& layer) {
        for (const std::int64_t size : input.dims) {
          layer.mutable_loadconstantnd()->add_shape(static_cast<std::uint64_t>(size));
        }
        set_weights(*layer.mutable_loadconstantnd()->mutable_data(), input.values);
      });
    } else {
      builder.array_input(sources.back(), input.dims);
      values.push_back(input.values);
    }
  }
  if (inputs.empty()) {
    builder.array_input("unused", {1});
    values = {{0}};
  }
  for (int index = 0; index < outputs; ++index) results.push_back("out" + std::to_string(index));
  builder.layer("the layer", sources, results, fill);
  for (const std::string& name : results) builder.output(name);
  return run_network(builder.build(), values);
}

namespace {

// The layer on the same tensors, where the sizes of the first are known only as the network runs: it comes by a
// reshape to a shape that is an input.
TestTensor run_layer_on_open_sizes(const std::vector<TestTensor>& inputs, const ModelBuilder::FillLayer& fill) {
  ModelBuilder builder;
  builder.exact_shapes();
  std::vector<std::string> names;
  std::vector<std::vector<float>> values;
  for (const TestTensor& input : inputs) {
    names.push_back("in" + std::to_string(names.size()));
    builder.array_input(names.back(), input.dims);
    values.push_back(input.values);
  }
  const Dims& dims = inputs.front().dims;
  builder.array_input("shape", {static_cast<std::int64_t>(dims.size())});
  values.emplace_back(dims.begin(), dims.end());
  builder.layer("open", {"in0", "shape"}, {"open"},
                [](spec::NeuralNetworkLayer& layer) { layer.mutable_reshapedynamic(); });
  names.front() = "open";
  builder.layer("the layer", names, {"out"}, fill).output("out");
  return run_lowered(*lowering::lower(builder.build()), values).front();
}

bool same(const TestTensor& left, const TestTensor& right) {
  return left.dims == right.dims && std::ranges::equal(left.values, right.values, [](float a, float b) {
           return a == b || (std::isnan(a) && std::isnan(b));
         });
}

}  // namespace

TestTensor run_layer(const std::vector<TestTensor>& inputs, const ModelBuilder::FillLayer& fill) {
  TestTensor result = run_layer_outputs(inputs, fill, 1).front();
  if (inputs.empty()) return result;
  try {
    EXPECT_TRUE(same(run_layer_on_open_sizes(inputs, fill), result)) << "another result where sizes are open";
  } catch (const std::exception& error) {
    // A graph's tensors have known ranks, which a few layers take from their input's sizes.
    EXPECT_THAT(error.what(), AnyOf(HasSubstr("the rank of its output depends on sizes"),
                                    HasSubstr("takes all dimensions of size 1 away, but not all sizes are known")));
  }
  return result;
}

std::string lowering_error(const spec::Model& model) {
  try {
    lowering::lower(model);
  } catch (const ModelError& error) {
    return error.what();
  }
  return "";
}

std::string layer_error(const std::vector<Dims>& shapes, const ModelBuilder::FillLayer& fill, int outputs) {
  return lowering_error(one_layer(shapes, fill, outputs));
}

void relu(spec::NeuralNetworkLayer& layer) { layer.mutable_activation()->mutable_relu(); }

void set_weights(spec::WeightParams& params, const std::vector<float>& values) {
  params.mutable_floatvalue()->Assign(values.begin(), values.end());
}

}  // namespace goldilocks::testing
