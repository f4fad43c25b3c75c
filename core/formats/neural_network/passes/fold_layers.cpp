// Folding of batchnorm, scale and bias layers. What they do, and how a layer takes that over, is in channel_affine.hpp;
// here is when: whether nobody else can notice that the blob between the two layers is gone.
//
//      x -> [convolution] -> t -> [batchnorm] -> y            x -> [convolution'] -> y
//
// The layer that is left stands where the folded one stood. So the last layer of a network remains the one that makes
// its last blob, and where something between the two leaves a loop's body, neither has run.
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/passes/blob_ranks.hpp"
#include "core/formats/neural_network/passes/blob_uses.hpp"
#include "core/formats/neural_network/passes/channel_affine.hpp"
#include "core/formats/neural_network/passes/passes.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

bool controls_flow(const Layer& layer) {
  return layer.has_branch() || layer.has_loop() || layer.has_loopbreak() || layer.has_loopcontinue();
}

// The blob between the layers keeps its shape, so the one's record serves for the other.
void take_output(Layer& target, Layer& folded) {
  target.set_output(0, folded.output(0));
  if (!folded.outputtensor().empty()) target.mutable_outputtensor()->Swap(folded.mutable_outputtensor());
}

// Folds in all networks of one model.
class Folding {
 public:
  Folding(spec::Model& model, const FoldSettings& settings, const std::string& model_place)
      : settings_(settings), place_(model_place.empty() ? "" : model_place + ": "), uses_(model), ranks_(model) {
    for (std::size_t list = 0; list < uses_.lists().size(); ++list) {
      nested_[uses_.lists()[list].owner].push_back(list);
    }
  }

  std::vector<PassNote> run() {
    fold_list(0);
    return std::move(notes_);
  }

 private:
  void fold_list(std::size_t list) {
    Layers& layers = *uses_.lists()[list].layers;
    std::unordered_map<const Layer*, int> positions;
    std::unordered_set<const Layer*> gone;
    for (int at = 0; at < layers.size(); ++at) {
      Layer& layer = *layers.Mutable(at);
      if (controls_flow(layer)) {
        if (const auto inner = nested_.find(&layer); inner != nested_.end()) {
          for (const std::size_t number : inner->second) fold_list(number);
        }
      } else if (Layer* target = fold(list, at, positions, gone); target != nullptr) {
        // What is gone waits at the target's old place to be removed.
        gone.insert(&layer);
        const int before = positions.at(target);
        layers.SwapElements(before, at);
        positions[target] = at;
        continue;
      }
      positions[&layer] = at;
    }
    int kept = 0;
    for (int at = 0; at < layers.size(); ++at) {
      if (!gone.contains(&layers[at])) layers.SwapElements(at, kept++);
    }
    layers.DeleteSubrange(kept, layers.size() - kept);
  }

  // Folds the layer at that position into the one before it, which is returned; null where it stays.
  Layer* fold(std::size_t list, int at, const std::unordered_map<const Layer*, int>& positions,
              const std::unordered_set<const Layer*>& gone) {
    const LayerList& here = uses_.lists()[list];
    Layer& layer = *here.layers->Mutable(at);
    if (!is_wanted(layer) || layer.input_size() != 1 || layer.output_size() != 1 || layer.isupdatable()) {
      return nullptr;
    }
    Layer* target = uses_.only_producer(layer.input(0), list, layer);
    if (target == nullptr || target->output_size() != 1 || target->input_size() != 1) return nullptr;
    const auto position = positions.find(target);
    if (position == positions.end()) return nullptr;
    // At lower ranks the three layers act on another axis than that of the outputs.
    if (const int rank = ranks_.rank(layer.input(0)); target->has_innerproduct() && rank != 4 && rank != 5) {
      return nullptr;
    }
    for (int between = position->second + 1; between < at; ++between) {
      const Layer& other = (*here.layers)[between];
      if (gone.contains(&other)) continue;
      if (controls_flow(other) || uses_.is_remade(target->input(0))) return nullptr;
    }
    const auto affine = channel_affine(layer, shown(here, layer));
    if (!affine || !absorb(*target, *affine, shown(here, *target))) return nullptr;
    notes_.push_back({.layer = place_ + here.place + layer.name(),
                      .text = fmt::format("{} folded into {} '{}'", layer_type(layer), layer_type(*target),
                                          target->name().empty() ? layer.output(0) : target->name())});
    uses_.join(*target, layer);
    take_output(*target, layer);
    return target;
  }

  bool is_wanted(const Layer& layer) const {
    return (settings_.batchnorm && layer.has_batchnorm()) || (settings_.scale && layer.has_scale()) ||
           (settings_.bias && layer.has_bias());
  }

  // For messages.
  std::string shown(const LayerList& list, const Layer& layer) const { return place_ + list.place + layer.name(); }

  const FoldSettings settings_;
  const std::string place_;
  NetworkUses uses_;
  const BlobRanks ranks_;
  std::unordered_map<const Layer*, std::vector<std::size_t>> nested_;
  std::vector<PassNote> notes_;
};

}  // namespace

std::vector<PassNote> fold_layers(spec::Model& model, const FoldSettings& settings) {
  std::vector<PassNote> notes;
  for_each_model(model, [&](spec::Model& inner, const std::string& place) {
    if (mutable_layers(inner) == nullptr) return;
    std::vector<PassNote> more = Folding(inner, settings, place).run();
    notes.insert(notes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  });
  return notes;
}

}  // namespace goldilocks::model
