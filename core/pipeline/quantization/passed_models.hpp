#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/formats/format.hpp"

namespace goldilocks::pipeline {

// A model behind its passes, for one way to set them or for several that come to the same.
struct PassedModel {
  std::unique_ptr<formats::Model> model;
  std::vector<std::size_t> settings;           // indexes of those that it is for
  std::vector<formats::PassOutcome> outcomes;  // of each of them
};

// Runs the passes for each of several settings, and hands over each model that comes out, one after another, so that no
// two need to be in memory. All settings that change nothing share one model, the last. `read` gives the model as it
// was; it is called again after a pass has changed one. Throws what `read`, the passes and `use` throw.
void for_each_passed_model(std::span<const formats::PassSettings> settings,
                           const std::function<std::unique_ptr<formats::Model>()>& read,
                           const std::function<void(PassedModel)>& use);

}  // namespace goldilocks::pipeline
