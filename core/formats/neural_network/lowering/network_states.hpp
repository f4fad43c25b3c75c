#pragma once

#include <vector>

#include <goldilocks/runtime.hpp>

#include "core/formats/coreml/model_file.hpp"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// The states of recurrent layers that are inputs and outputs of the model: what such an output gives is the input of
// the sequence's next prediction. The format doesn't say which belong together; the layers do, as each reads its states
// and gives them in one order.
std::vector<runtime::StateFeature> network_states(const spec::Model& model, const model::NetworkView& network);

}  // namespace goldilocks::lowering
