#include "core/runtime/stage.hpp"

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/feature_models/features.hpp"
#include "core/formats/neural_network/lowering/network_states.hpp"
#include "core/runtime/features.hpp"

namespace goldilocks::runtime {
namespace {

bool is_classifier(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kPipelineClassifier:
    case spec::Model::kNeuralNetworkClassifier:
    case spec::Model::kGlmClassifier:
      return true;
    default:
      return false;
  }
}

void add_states(const spec::Model& model, Description& description) {
  if (const model::NetworkView network = model::network_of(model)) {
    for (auto& state : lowering::network_states(model, network)) {
      description.states.push_back({std::move(state.input), std::move(state.output)});
    }
  }
}

bool names(const std::vector<Feature>& features, const std::string& name) {
  for (const Feature& feature : features) {
    if (feature.name == name) return true;
  }
  return false;
}

}  // namespace

Description describe(const spec::Model& model) {
  Description result;
  const spec::ModelDescription& description = model.description();
  for (const auto& feature : description.input()) result.inputs.push_back(describe_feature(feature, "input"));
  for (const auto& feature : description.output()) result.outputs.push_back(describe_feature(feature, "output"));
  if (is_classifier(model)) {
    if (names(result.outputs, description.predictedfeaturename())) {
      result.label_output = description.predictedfeaturename();
    }
    if (names(result.outputs, description.predictedprobabilitiesname())) {
      result.probabilities_output = description.predictedprobabilitiesname();
    }
  }
  const spec::Metadata& metadata = description.metadata();
  result.metadata = {metadata.shortdescription(),
                     metadata.author(),
                     metadata.license(),
                     metadata.versionstring(),
                     {metadata.userdefined().begin(), metadata.userdefined().end()}};
  add_states(model, result);
  if (const spec::Pipeline* pipeline = model::pipeline_of(model)) {
    for (const spec::Model& inner : pipeline->models()) {
      for (StateFeature& state : describe(inner).states) {
        if (names(result.inputs, state.input) && names(result.outputs, state.output)) {
          result.states.push_back(std::move(state));
        }
      }
    }
  }
  return result;
}

Values Stage::predict(const Values& given, InnerTensors* inner) const {
  Values inputs;
  for (const Feature& feature : description_.inputs) {
    const auto found = given.find(feature.name);
    inputs[feature.name] =
        found == given.end() ? missing_input(feature) : as_input(feature, found->second, takes_rank5());
  }
  return run(inputs, inner);
}

std::unique_ptr<Stage> make_stage(const std::shared_ptr<const spec::Model>& model, const BackendUse& use) {
  if (model::network_of(*model)) return make_network_stage(model, use);
  if (model::pipeline_of(*model) != nullptr) return make_pipeline_stage(model, use);
  if (lowering::is_feature_model(*model)) return make_feature_stage(model, use);
  const std::string type = model::model_type(*model);
  throw ModelError("a model of the type '" + (type.empty() ? "unknown" : type) + "' can't be run");
}

}  // namespace goldilocks::runtime
