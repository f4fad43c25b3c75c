#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/formats/neural_network/lowering/lower.hpp"
#include "tests/graph/operation_runner.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::testing {

using lowering::Network;

// Lowers the model and runs it by the plain kernels; the values of the outputs that its description names. The fast
// backend is expected to give the same within 1e-4.
std::vector<TestTensor> run_network(const spec::Model& model, const std::vector<std::vector<float>>& inputs,
                                    const lowering::LoweringOptions& options = {});

// A network of one layer that reads arrays of these shapes, in exact mapping, and has these outputs.
spec::Model one_layer(const std::vector<Dims>& shapes, const ModelBuilder::FillLayer& fill, int outputs = 1);

// The layer on these tensors. One result. It must be the same where the sizes of the first tensor are known only as the
// network runs.
TestTensor run_layer(const std::vector<TestTensor>& inputs, const ModelBuilder::FillLayer& fill);

// The same with any number of results. With `known`, all inputs but the first are constants of the network.
std::vector<TestTensor> run_layer_outputs(const std::vector<TestTensor>& inputs, const ModelBuilder::FillLayer& fill,
                                          int outputs, bool known = false);

// The message of the ModelError that lowering throws; "" if it throws none.
std::string lowering_error(const spec::Model& model);
std::string layer_error(const std::vector<Dims>& shapes, const ModelBuilder::FillLayer& fill, int outputs = 1);

// Makes the layer a rectifier.
void relu(spec::NeuralNetworkLayer& layer);

void set_weights(spec::WeightParams& params, const std::vector<float>& values);

}  // namespace goldilocks::testing
