#include "core/formats/neural_network/passes/blob_uses.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {

using Layer = spec::NeuralNetworkLayer;

NetworkUses::NetworkUses(spec::Model& model) {
  add_known_names(model);
  add_list(*mutable_layers(model), {}, 0, nullptr, 0);
}

void NetworkUses::add_list(Layers& layers, const std::string& place, std::size_t parent, const Layer* owner,
                           int depth) {
  if (depth > max_nesting) throw ModelError(place, fmt::format("networks are nested deeper than {}", max_nesting));
  const std::size_t list = lists_.size();
  lists_.push_back({.layers = &layers, .place = place, .parent = parent, .owner = owner});
  for (Layer& layer : layers) {
    for (const std::string& blob : layer.input()) readers_[blob].push_back({.layer = &layer, .list = list});
    for (const std::string& blob : layer.output()) producers_[blob].push_back({.layer = &layer, .list = list});
    const auto nested = [&](spec::NeuralNetwork& network, const char* part) {
      add_list(*network.mutable_layers(), fmt::format("{}{}/{}/", place, layer.name(), part), list, &layer, depth + 1);
    };
    if (layer.branch().has_ifbranch()) nested(*layer.mutable_branch()->mutable_ifbranch(), "if");
    if (layer.branch().has_elsebranch()) nested(*layer.mutable_branch()->mutable_elsebranch(), "else");
    if (layer.has_loop()) known_outside_.insert(layer.loop().conditionvar());
    if (layer.loop().has_conditionnetwork()) nested(*layer.mutable_loop()->mutable_conditionnetwork(), "condition");
    if (layer.loop().has_bodynetwork()) nested(*layer.mutable_loop()->mutable_bodynetwork(), "body");
  }
}

void NetworkUses::add_known_names(const spec::Model& model) {
  const spec::ModelDescription& description = model.description();
  for (const auto* features : {&description.input(), &description.state(), &description.traininginput()}) {
    for (const spec::FeatureDescription& feature : *features) inputs_.insert(feature.name());
  }
  known_outside_ = inputs_;
  for (const spec::FeatureDescription& output : description.output()) known_outside_.insert(output.name());
  known_outside_.insert(description.predictedfeaturename());
  known_outside_.insert(description.predictedprobabilitiesname());
  known_outside_.insert(model.neuralnetworkclassifier().labelprobabilitylayername());
  if (const spec::NetworkUpdateParameters* update = network_of(model).update) {
    for (const spec::LossLayer& loss : update->losslayers()) {
      known_outside_.insert(loss.categoricalcrossentropylosslayer().input());
      known_outside_.insert(loss.categoricalcrossentropylosslayer().target());
      known_outside_.insert(loss.meansquarederrorlosslayer().input());
      known_outside_.insert(loss.meansquarederrorlosslayer().target());
    }
  }
}

// The two lists' ways up meet in one list. Where both come there from the same branch layer, and from different sides
// of it, only one of them runs.
bool NetworkUses::are_exclusive(std::size_t left, std::size_t right) const {
  // A list's number is above its parent's: the higher one goes up, until the two are siblings or one.
  while (left != right && lists_[left].parent != lists_[right].parent) {
    std::size_t& higher = left > right ? left : right;
    higher = lists_[higher].parent;
  }
  return left != right && lists_[left].owner == lists_[right].owner && lists_[left].owner != nullptr &&
         lists_[left].owner->has_branch();
}

Layer* NetworkUses::only_producer(const std::string& blob, std::size_t list, const Layer& reader) const {
  if (is_known_outside(blob)) return nullptr;
  const auto made = producers_.find(blob);
  const auto read = readers_.find(blob);
  if (made == producers_.end() || read == readers_.end()) return nullptr;
  Layer* producer = nullptr;
  for (const Use& use : made->second) {
    if (are_exclusive(use.list, list)) continue;
    if (producer != nullptr) return nullptr;
    producer = use.layer;
  }
  for (const Use& use : read->second) {
    if (!are_exclusive(use.list, list) && use.layer != &reader) return nullptr;
  }
  return producer;
}

bool NetworkUses::is_remade(const std::string& blob) const {
  const auto made = producers_.find(blob);
  if (made == producers_.end()) return false;
  return made->second.size() > 1 || inputs_.contains(blob);
}

void NetworkUses::join(Layer& producer, const Layer& reader) {
  std::vector<Use>& read = readers_[reader.input(0)];
  std::erase_if(read, [&](const Use& use) { return use.layer == &reader; });
  std::vector<Use>& between = producers_[reader.input(0)];
  std::erase_if(between, [&](const Use& use) { return use.layer == &producer; });
  if (between.empty()) producers_.erase(reader.input(0));
  for (Use& use : producers_[reader.output(0)]) {
    if (use.layer == &reader) use.layer = &producer;
  }
}

}  // namespace goldilocks::model
