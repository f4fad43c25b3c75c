#include "core/pipeline/quantization/passed_models.hpp"

#include <utility>

namespace goldilocks::pipeline {

void for_each_passed_model(std::span<const formats::PassSettings> settings,
                           const std::function<std::unique_ptr<formats::Model>()>& read,
                           const std::function<void(PassedModel)>& use) {
  PassedModel unchanged;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    if (!unchanged.model) unchanged.model = read();
    formats::PassOutcome outcome = unchanged.model->apply(settings[i]);
    if (outcome.changed()) {
      PassedModel changed{.model = std::move(unchanged.model), .settings = {i}, .outcomes = {}};
      changed.outcomes.push_back(std::move(outcome));
      use(std::move(changed));
    } else {
      unchanged.settings.push_back(i);
      unchanged.outcomes.push_back(std::move(outcome));
    }
  }
  if (unchanged.settings.empty()) return;
  if (!unchanged.model) unchanged.model = read();
  use(std::move(unchanged));
}

}  // namespace goldilocks::pipeline
