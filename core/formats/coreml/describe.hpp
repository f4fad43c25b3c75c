#pragma once

#include "core/formats/format.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::formats {

// What the message's description says; no states. Throws ModelError "input 'name': ..." for features of unknown types.
Description describe(const ::CoreML::Specification::Model& model);

}  // namespace goldilocks::formats
