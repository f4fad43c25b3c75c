#include "core/formats/neural_network/lowering/network_states.hpp"

#include <algorithm>

namespace goldilocks::lowering {
namespace {

using Features = google::protobuf::RepeatedPtrField<spec::FeatureDescription>;

bool names(const Features& features, const std::string& name) {
  return std::ranges::any_of(features, [&](const auto& feature) { return feature.name() == name; });
}

bool is_recurrent(const spec::NeuralNetworkLayer& layer) {
  switch (layer.layer_case()) {
    case spec::NeuralNetworkLayer::kSimpleRecurrent:
    case spec::NeuralNetworkLayer::kGru:
    case spec::NeuralNetworkLayer::kUniDirectionalLSTM:
    case spec::NeuralNetworkLayer::kBiDirectionalLSTM:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::vector<runtime::StateFeature> network_states(const spec::Model& model, const model::NetworkView& network) {
  std::vector<runtime::StateFeature> states;
  for (const spec::NeuralNetworkLayer& layer : *network.layers) {
    if (!is_recurrent(layer)) continue;
    // The sequence comes first on either side.
    for (int index = 1; index < std::min(layer.input_size(), layer.output_size()); ++index) {
      if (!names(model.description().input(), layer.input(index))) continue;
      if (!names(model.description().output(), layer.output(index))) continue;
      states.push_back({layer.input(index), layer.output(index)});
    }
  }
  return states;
}

}  // namespace goldilocks::lowering
