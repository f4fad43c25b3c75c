#pragma once

#include <memory>
#include <vector>

#include "core/formats/format.hpp"

namespace goldilocks::runtime {

// What is to be said of a model before it is used: what the format's validators refuse; what would keep it from being
// loaded or predicted with here, found by loading it as for a prediction, but without a backend; and warnings.
struct ModelCheck {
  std::vector<model::Violation> errors;
  std::vector<model::Violation> warnings;
};
ModelCheck check_model(const std::shared_ptr<const formats::Model>& model);

}  // namespace goldilocks::runtime
