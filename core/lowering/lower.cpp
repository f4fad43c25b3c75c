// A whole network: inputs, then layer by layer in the file's order, which is one in which they can run; then the
// outputs that the model's description names.
#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/lowering/layer_lowering.hpp"
#include "core/lowering/network.hpp"
#include "core/lowering/network_inputs.hpp"
#include "core/model/model_file.hpp"

namespace goldilocks::lowering {
namespace {

class LoweredNetwork final : public Network {
 public:
  const glk_graph& graph() const override { return *graph_; }

  GraphBuilder& builder() { return builder_; }
  void finish() { graph_ = &builder_.graph(); }

 private:
  GraphBuilder builder_;
  const glk_graph* graph_ = nullptr;
};

// All layers are looked at before the first is lowered: what can't be run is said at once.
void check_layers(const model::NetworkView& network) {
  if (network.layers->empty()) throw ModelError("the network has no layers");
  for (const spec::NeuralNetworkLayer& layer : *network.layers) {
    if (find_layer_rule(layer.layer_case()) == nullptr) {
      throw ModelError(layer_place(layer) + (layer.layer_case() == spec::NeuralNetworkLayer::LAYER_NOT_SET
                                                 ? ": its type is missing, or newer than this program"
                                                 : ": this type of layer is not supported"));
    }
  }
}

void check_counts(const spec::NeuralNetworkLayer& layer, const LayerRule& rule) {
  const auto check = [&](int count, int least, int most, const char* what) {
    if (count >= least && count <= most) return;
    const std::string range = least == most        ? std::to_string(least)
                              : most == any_number ? std::to_string(least) + " or more"
                                                   : std::to_string(least) + " to " + std::to_string(most);
    throw ModelError(layer_place(layer) + ": has " + std::to_string(count) + " " + what + "; it takes " + range);
  };
  check(layer.input_size(), rule.least_inputs, rule.most_inputs, "inputs");
  check(layer.output_size(), rule.least_outputs, rule.most_outputs, "outputs");
}

// Names of blobs are the model's; names derived for inner values keep clear of them.
void reserve_names(const model::NetworkView& network, GraphBuilder& builder) {
  for (const spec::NeuralNetworkLayer& layer : *network.layers) {
    for (const std::string& name : layer.output()) builder.reserve_name(name);
  }
}

void lower_layers(const model::NetworkView& network, GraphBuilder& builder, Blobs& blobs) {
  for (const spec::NeuralNetworkLayer& layer : *network.layers) {
    const LayerRule& rule = *find_layer_rule(layer.layer_case());
    check_counts(layer, rule);
    std::vector<std::string> names(layer.output().begin(), layer.output().end());
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice != names.end()) throw ModelError(layer_place(layer) + ": names the output '" + *twice + "' twice");
    for (const std::string& name : names) {
      if (blobs.contains(name)) {
        throw ModelError(layer_place(layer) + ": gives '" + name + "', which is there already");
      }
    }
    LayerLowering lowering(layer, builder, blobs);
    rule.lower(lowering);
  }
}

std::uint32_t blob(const Blobs& blobs, const std::string& name, const std::string& place) {
  const auto found = blobs.find(name);
  if (found == blobs.end()) throw ModelError(place + ": no layer gives '" + name + "'");
  return found->second;
}

// What a network ends in where nothing names it: the last layer's (first) output.
std::uint32_t last_output(const model::NetworkView& network, const Blobs& blobs) {
  return blobs.at(network.layers->rbegin()->output(0));
}

// Which blob holds the scores: the one that the classifier names; else one of the name under which the model gives the
// probabilities; else what the network ends in.
std::uint32_t score_value(const spec::Model& model, const model::NetworkView& network, const Blobs& blobs) {
  const std::string& stated = model.neuralnetworkclassifier().labelprobabilitylayername();
  if (!stated.empty()) return blob(blobs, stated, "labelProbabilityLayerName");
  const auto named = blobs.find(model.description().predictedprobabilitiesname());
  return named != blobs.end() ? named->second : last_output(network, blobs);
}

void set_scores(const spec::Model& model, const model::NetworkView& network, const Blobs& blobs,
                LoweredNetwork& result) {
  result.labels = model::class_labels(model);
  if (result.labels.empty()) throw ModelError("the classifier has no class labels");
  result.scores = score_value(model, network, blobs);
  const Dims& dims = result.builder().dims(*result.scores);
  const std::int64_t count = graph::element_count(dims);
  if (count != static_cast<std::int64_t>(result.labels.size())) {
    throw ModelError("the classifier has " + std::to_string(result.labels.size()) + " labels, but its scores '" +
                     result.builder().name(*result.scores) + "' have " + std::to_string(count) + " values, shape " +
                     graph::to_text(dims));
  }
}

// Outputs go by the names of blobs, but for a classifier's label and probabilities, and a regressor's number where no
// blob has that name.
void set_outputs(const spec::Model& model, const model::NetworkView& network, const Blobs& blobs,
                 LoweredNetwork& result) {
  const spec::ModelDescription& description = model.description();
  if (description.output().empty()) throw ModelError("the model's description names no output");
  for (const spec::FeatureDescription& feature : description.output()) {
    const std::string& name = feature.name();
    std::uint32_t value = 0;
    if (result.scores && (name == description.predictedfeaturename() ||
                          (name == description.predictedprobabilitiesname() && !name.empty()))) {
      value = *result.scores;
    } else if (model.has_neuralnetworkregressor() && name == description.predictedfeaturename() &&
               !blobs.contains(name)) {
      value = last_output(network, blobs);
    } else {
      value = blob(blobs, name, "output '" + name + "'");
    }
    result.outputs.push_back({name, value});
  }
}

void add_graph_outputs(LoweredNetwork& result) {
  std::vector<std::uint32_t> values;
  if (result.scores) values.push_back(*result.scores);
  for (const NetworkOutput& output : result.outputs) values.push_back(output.value);
  std::vector<std::uint32_t> added;
  for (const std::uint32_t value : values) {
    if (std::ranges::find(added, value) != added.end()) continue;
    added.push_back(value);
    result.builder().add_output(value);
  }
}

}  // namespace

std::shared_ptr<const Network> lower(const spec::Model& model) {
  const model::NetworkView network = model::network_of(model);
  if (!network) {
    const std::string type = model::model_type(model);
    throw ModelError("the model is of type '" + (type.empty() ? "unknown" : type) +
                     "'; only neural networks, classifiers and regressors can be run");
  }
  check_layers(network);
  auto result = std::make_shared<LoweredNetwork>();
  GraphBuilder& builder = result->builder();
  Blobs blobs;
  result->inputs = network_inputs(model, network);
  for (const NetworkInput& input : result->inputs) {
    builder.reserve_name(input.name);
    try {
      blobs.emplace(input.name, builder.add_input(input.name, input.dims));
    } catch (const graph::GraphError& error) {
      throw ModelError("input '" + input.name + "': " + error.problem());
    }
  }
  reserve_names(network, builder);
  lower_layers(network, builder, blobs);
  if (model.has_neuralnetworkclassifier()) set_scores(model, network, blobs, *result);
  set_outputs(model, network, blobs, *result);
  add_graph_outputs(*result);
  result->finish();
  return result;
}

}  // namespace goldilocks::lowering
