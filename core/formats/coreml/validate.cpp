// The validator's frame: each model of a pipeline by itself, part by part. The parts are in files of their own.
#include "core/formats/coreml/validate.hpp"

#include "core/base/error.hpp"
#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

using validation::Findings;

// The parts walk the layers at any depth, which is an error beyond a limit: seen here first, so that they need not
// care.
bool has_sane_depth(const NetworkView& network, const Findings& findings) {
  try {
    for_each_layer(*network.layers, [](const spec::NeuralNetworkLayer&, const std::string&) {});
    return true;
  } catch (const Error& error) {
    findings.add("structure.depth", "{}", error.what());
    return false;
  }
}

void check_model(const spec::Model& model, const Findings& findings, int depth) {
  if (depth > max_nesting) {
    findings.add("structure.depth", "pipelines nest deeper than {}", max_nesting);
    return;
  }
  if (!findings.require(model.Type_case() != spec::Model::TYPE_NOT_SET, "structure.type", "no type of model is set")) {
    return;
  }
  const NetworkView network = network_of(model);
  if (network && !has_sane_depth(network, findings)) return;
  validation::check_versions(model, findings);
  validation::check_features(model, findings);
  if (network) {
    validation::check_network(model, network, findings);
    validation::check_graph(model, network, findings);
    validation::check_classifier(model, findings);
  }
  validation::check_feature_model(model, findings);
  validation::check_updatable(model, findings);
  if (const spec::Pipeline* pipeline = pipeline_of(model)) {
    validation::check_pipeline(model, *pipeline, findings);
    for (int i = 0; i < pipeline->models_size(); ++i) {
      check_model(pipeline->models(i), findings.at(contained_place(*pipeline, i, {})), depth + 1);
    }
  }
}

}  // namespace

std::vector<Violation> validate(const spec::Model& model) {
  std::vector<Violation> violations;
  check_model(model, Findings(violations), 0);
  return violations;
}

}  // namespace goldilocks::model
