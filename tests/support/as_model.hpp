#pragma once

#include <memory>
#include <utility>

#include "core/formats/open_message.hpp"

namespace goldilocks::testing {

// What ModelBuilder makes as the program has it.
inline std::unique_ptr<formats::Model> as_model(CoreML::Specification::Model message) {
  return formats::open_message(std::make_shared<CoreML::Specification::Model>(std::move(message)));
}

}  // namespace goldilocks::testing
