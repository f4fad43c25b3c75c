#include "tests/lowering/network_runner.hpp"

#include <goldilocks/graph/plain.hpp>

#include "core/base/error.hpp"

namespace goldilocks::testing {

std::vector<TestTensor> run_network(const spec::Model& model, const std::vector<std::vector<float>>& inputs,
                                    const lowering::LoweringOptions& options) {
  const std::shared_ptr<const Network> network = lowering::lower(model, options);
  std::vector<std::uint32_t> wanted;
  for (const lowering::NetworkOutput& output : network->outputs) wanted.push_back(output.value);
  const graph::PlainModel plain(network->graph());
  graph::PlainSession session(plain, wanted);
  std::vector<graph::TensorView> views;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    views.push_back({network->inputs[index].dims, inputs[index]});
  }
  session.run(views);
  std::vector<TestTensor> results;
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    const graph::TensorView view = session.output(index);
    results.push_back({{view.dims.begin(), view.dims.end()}, {view.values.begin(), view.values.end()}});
  }
  return results;
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

TestTensor run_layer(const std::vector<TestTensor>& inputs, const ModelBuilder::FillLayer& fill) {
  return run_layer_outputs(inputs, fill, 1).front();
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

void set_weights(spec::WeightParams& params, const std::vector<float>& values) {
  params.mutable_floatvalue()->Assign(values.begin(), values.end());
}

}  // namespace goldilocks::testing
