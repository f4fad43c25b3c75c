#pragma once

#include "core/formats/format.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::model {

// Of all networks in the model. Vectors (biases, statistics) count only where there is nothing else; and floating point
// values only from a twentieth of all values on, as a few small tensors are often left as they are.
formats::StoredWeights stored_weights(const CoreML::Specification::Model& model);

}  // namespace goldilocks::model
