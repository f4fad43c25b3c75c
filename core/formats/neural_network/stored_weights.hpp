#pragma once

#include <cstdint>
#include <string>

#include "coreml/model.pb.h"

namespace goldilocks::model {

// How a model's weights are stored, taken together.
struct StoredWeights {
  std::uint32_t bits = 32;  // 0: several widths
  // "float32", "float16", "4 bit table", "8 bit linear", "int8"; "8 bits, linear and table"; "mixed 4-8 bits"; empty
  // for a model without a network.
  std::string form{};
};

// Of all networks in the model. Vectors (biases, statistics) count only where there is nothing else; and floating point
// values only from a twentieth of all values on, as a few small tensors are often left as they are.
StoredWeights stored_weights(const CoreML::Specification::Model& model);

}  // namespace goldilocks::model
