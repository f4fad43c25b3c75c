#pragma once

#include <memory>

#include "core/formats/format.hpp"
#include "core/formats/ml_program/package.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::formats {

// A model that is read already. `package`: what the values of its programs lie in; may be null.
std::unique_ptr<Model> open_message(std::shared_ptr<::CoreML::Specification::Model> message,
                                    std::shared_ptr<ml_program::Package> package = {});

}  // namespace goldilocks::formats
