#pragma once

#include <memory>

#include "core/formats/format.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::formats {

// A model that is read already.
std::shared_ptr<const Model> open_message(std::shared_ptr<const ::CoreML::Specification::Model> message);

}  // namespace goldilocks::formats
