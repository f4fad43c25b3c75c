// A whole network: inputs, then layer by layer in the file's order, which is one in which they can run; then the
// outputs that the model's description names.
#include "core/formats/neural_network/lowering/lower.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/network_inputs.hpp"
#include "core/formats/neural_network/lowering/scope.hpp"

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

std::uint32_t blob(const Blobs& blobs, const std::string& name, const std::string& place) {
  const auto found = blobs.find(name);
  if (found == blobs.end()) throw ModelError(place, "no layer gives '" + name + "'");
  return found->second;
}

// What a network ends in where nothing names it: the (first) output of the last layer that has one.
std::uint32_t last_output(const model::NetworkView& network, const Blobs& blobs) {
  const auto last = std::ranges::find_if(network.layers->rbegin(), network.layers->rend(),
                                         [](const auto& layer) { return layer.output_size() > 0; });
  if (last == network.layers->rend()) throw ModelError("no layer of the network has an output");
  return blobs.at(last->output(0));
}

// Which blob holds the scores: the one that the classifier names; otherwise one of the name under which the model gives
// the probabilities; otherwise what the network ends in.
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

// Whether the blob of this name leaves the network, or may: a classifier's scores and a regressor's number can go by
// other names, but then they are what the network ends in or what it names.
bool is_model_output(const spec::Model& model, const std::string& name) {
  const spec::ModelDescription& description = model.description();
  return name == description.predictedprobabilitiesname() ||
         name == model.neuralnetworkclassifier().labelprobabilitylayername() ||
         std::ranges::any_of(description.output(), [&](const auto& feature) { return feature.name() == name; });
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

std::shared_ptr<const Network> lower(const spec::Model& model, const LoweringOptions& options) {
  return lower(model, InputSizes{}, options);
}

std::shared_ptr<const Network> lower(const spec::Model& model, const InputSizes& sizes,
                                     const LoweringOptions& options) {
  const model::NetworkView network = model::network_of(model);
  if (!network) {
    const std::string type = model::model_type(model);
    throw ModelError("the model is of type '" + (type.empty() ? "unknown" : type) +
                     "'; only neural networks, classifiers and regressors can be run");
  }
  // All layers are looked at before the first is lowered: what can't be run is said at once.
  check_layers(*network.layers);
  auto result = std::make_shared<LoweredNetwork>();
  GraphBuilder& builder = result->builder();
  LoweringProgress progress{options, 64 * layer_count(*network.layers) + 10'000};
  Scope scope{builder, progress, {}, [&](const std::string& name) { return is_model_output(model, name); }};
  Blobs& blobs = scope.blobs;
  result->inputs = network_inputs(model, network, sizes);
  for (const NetworkInput& input : result->inputs) {
    builder.reserve_name(input.name);
    try {
      blobs.emplace(input.name, builder.add_input(input.name, input.dims));
    } catch (const graph::GraphError& error) {
      throw ModelError("input '" + input.name + "': " + error.problem());
    }
  }
  reserve_names(*network.layers, builder);
  lower_layers(*network.layers, scope);
  if (model.has_neuralnetworkclassifier()) set_scores(model, network, blobs, *result);
  set_outputs(model, network, blobs, *result);
  add_graph_outputs(*result);
  result->finish();
  return result;
}

}  // namespace goldilocks::lowering
