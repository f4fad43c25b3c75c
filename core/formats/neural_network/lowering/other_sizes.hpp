#pragma once

#include <vector>

#include "core/formats/network.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// Sizes other than the default ones that the inputs of a neural network may have, those first at which it is likely to
// run: the channels that its layers state, along each axis that is flexible, and sides of common images. At most 32;
// none where all sizes are fixed.
std::vector<InputSizes> other_sizes(const spec::Model& model);

}  // namespace goldilocks::lowering
