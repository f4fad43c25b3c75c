#pragma once

#include <vector>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/network.hpp"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// The features that go into the network, with the shapes of its mappings (of the default sizes, or those given) and the
// images' preprocessing. Throws
// ModelError that begins with "input 'name'" for a feature that is no image or array or has no usable shape, and with
// "preprocessing" for a step that doesn't fit its input.
std::vector<NetworkInput> network_inputs(const spec::Model& model, const model::NetworkView& network,
                                         const InputSizes& sizes);

}  // namespace goldilocks::lowering
