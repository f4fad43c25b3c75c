#pragma once

#include <string>
#include <vector>

#include "core/formats/coreml/model_file.hpp"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// What a recurrent layer hands on from one prediction to the next, where the model has it as an input and an output.
struct NetworkState {
  std::string input, output;
};

// The states of recurrent layers that are inputs and outputs of the model: what such an output gives is the input of
// the sequence's next prediction. The format doesn't say which belong together; the layers do, as each reads its states
// and gives them in one order.
std::vector<NetworkState> network_states(const spec::Model& model, const model::NetworkView& network);

}  // namespace goldilocks::lowering
