#pragma once

#include <memory>

#include "core/formats/format.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::formats {

// A model that is read already.
std::unique_ptr<Model> open_message(std::shared_ptr<::CoreML::Specification::Model> message);

}  // namespace goldilocks::formats
