#include "core/runtime/stage.hpp"

#include "core/base/error.hpp"
#include "core/runtime/features.hpp"

namespace goldilocks::runtime {

Values Stage::predict(const Values& given, InnerTensors* inner) const {
  Values inputs;
  for (const Feature& feature : description_.inputs) {
    const auto found = given.find(feature.name);
    inputs[feature.name] =
        found == given.end() ? missing_input(feature) : as_input(feature, found->second, description_.takes_sequences);
  }
  for (const Feature& state : description_.state_features) {
    const auto found = given.find(state.name);
    inputs[state.name] = found == given.end() ? missing_input(state) : as_input(state, found->second, false);
  }
  return run(inputs, inner);
}

std::unique_ptr<Stage> make_stage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use) {
  switch (model->structure()) {
    case formats::Structure::network:
      return make_network_stage(model, use);
    case formats::Structure::pipeline:
      return make_pipeline_stage(model, use);
    case formats::Structure::features:
      return make_feature_stage(model, use);
    case formats::Structure::unknown:
      break;
  }
  const std::string type = model->type();
  throw ModelError("a model of the type '" + (type.empty() ? "unknown" : type) + "' can't be run");
}

}  // namespace goldilocks::runtime
