#pragma once

#include <memory>

#include "core/formats/network.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// Lowers a neural network, classifier or regressor. Throws ModelError that names the layer and its type for a layer
// that is not supported, for weights that don't fit, for shapes that disagree; and for another type of model, that
// type.
std::shared_ptr<const Network> lower(const spec::Model& model, const LoweringOptions& options = {});

// The same for inputs of these sizes.
std::shared_ptr<const Network> lower(const spec::Model& model, const InputSizes& sizes,
                                     const LoweringOptions& options = {});

}  // namespace goldilocks::lowering
