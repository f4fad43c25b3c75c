#pragma once

#include "core/formats/neural_network/lowering/lower.hpp"

namespace goldilocks::testing {

// Notes, for the page of layers (docs/layers.md), that a test has run this network: each of its layers is a case of its
// kind, and the operations that it became are those of the kind. Where the environment names a file in
// GOLDILOCKS_LAYER_CASES, the program writes there at its end: a line for each kind of layer, with the number of cases
// and the operations, separated by tabs and spaces. One thread.
void note_layers(const lowering::spec::Model& model, const lowering::Network& network);

}  // namespace goldilocks::testing
