// The stated version against what is in the model. The format's own validator compares only some of it; a device of the
// stated version may still refuse the rest, so all of it counts here. What is true of many layers is reported once, at
// the first of them.
#include <algorithm>

#include "core/formats/coreml/specification_version.hpp"
#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model::validation {
namespace {

void check_feature_versions(const Features& features, const char* kind, int stated, const Findings& findings) {
  for (const spec::FeatureDescription& feature : features) {
    const int needed = required_version(feature);
    findings.at(fmt::format("{} '{}'", kind, feature.name()))
        .require(needed <= stated, "version.feature", "its type needs specification version {}, the model says {}",
                 needed, stated);
  }
}

void check_layer_versions(const NetworkView& network, int stated, const Findings& findings) {
  bool layers_reported = false;
  bool weights_reported = false;
  for_each_layer(*network.layers, [&](const Layer& layer, const std::string& place) {
    const Findings here = findings.at(fmt::format("layer '{}{}'", place, layer.name()));
    const int needed = required_version(layer);
    if (needed > stated && !layers_reported) {
      here.add("version.layer", "{} needs specification version {}, the model says {}", layer_type(layer), needed,
               stated);
      layers_reported = true;
    }
    for_each_weight(layer, [&](const auto& slot) {
      const int slot_needs = required_version(*slot.params);
      if (slot_needs <= stated || weights_reported) return;
      here.add("version.weights", "{} as {} needs specification version {}, the model says {}", slot.parameter,
               form_name(*slot.params), slot_needs, stated);
      weights_reported = true;
    });
  });
}

}  // namespace

void check_versions(const spec::Model& model, const Findings& findings) {
  const int stated = model.specificationversion();
  if (!findings.require(stated >= 1 && stated <= newest_specification_version, "version.range",
                        "specification version {} is not one of 1 to {}", stated, newest_specification_version)) {
    return;
  }
  const spec::ModelDescription& description = model.description();
  const auto needs = [&](bool used, int version, const char* what) {
    findings.require(!used || stated >= version, "version.model",
                     "{} needs specification version {}, the model says {}", what, version, stated);
  };
  const int type = required_type_version(model);
  findings.require(type <= stated, "version.type", "{} needs specification version {}, the model says {}",
                   model_type(model), type, stated);
  needs(model.isupdatable(), 4, "an updatable model");
  needs(!description.functions().empty(), 9, "a model with functions");
  needs(!description.state().empty(), 9, "a model with states");
  needs(description.input().empty() && description.functions().empty(), 9, "a model without inputs");
  check_feature_versions(description.input(), "input", stated, findings);
  check_feature_versions(description.output(), "output", stated, findings);
  check_feature_versions(description.state(), "state", stated, findings);

  if (const NetworkView network = network_of(model)) {
    findings.require(
        stated >= 4 ||
            (network.array_mapping == spec::RANK5_ARRAY_MAPPING && network.image_mapping == spec::RANK5_IMAGE_MAPPING),
        "version.mapping", "inputs of their own rank need specification version 4, the model says {}", stated);
    check_layer_versions(network, stated, findings);
  }
  if (const spec::Pipeline* pipeline = pipeline_of(model)) {
    for (const spec::Model& inner : pipeline->models()) {
      if (inner.specificationversion() <= stated || inner.specificationversion() > newest_specification_version) {
        continue;
      }
      findings.add("version.pipeline", "a model inside states specification version {}, the pipeline {}",
                   inner.specificationversion(), stated);
      break;
    }
  }
}

}  // namespace goldilocks::model::validation
