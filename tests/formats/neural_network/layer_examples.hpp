#pragma once

#include "core/formats/neural_network/layer_catalog.hpp"

namespace goldilocks::model {

// The smallest layer of the kind that the format accepts, without name, inputs and outputs, for inputs of rank 5.
// Nested networks read the blob "in0".
spec::NeuralNetworkLayer example_layer(LayerCase kind);

}  // namespace goldilocks::model
