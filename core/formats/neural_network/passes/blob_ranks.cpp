#include "core/formats/neural_network/passes/blob_ranks.hpp"

#include <algorithm>

#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

constexpr int contradictory = -1;

int input_rank(const spec::FeatureDescription& input, const NetworkView& network) {
  if (input.type().has_imagetype()) return network.image_mapping == spec::RANK4_IMAGE_MAPPING ? 4 : 5;
  if (network.array_mapping == spec::RANK5_ARRAY_MAPPING) return 5;
  return input.type().multiarraytype().shape_size();
}

bool keeps_rank(const spec::NeuralNetworkLayer& layer) {
  const LayerKind* kind = find_layer_kind(layer.layer_case());
  return layer.has_activation() || (kind != nullptr && kind->equal_ranks);
}

}  // namespace

BlobRanks::BlobRanks(const spec::Model& model) {
  const NetworkView network = network_of(model);
  all_five_ = !validation::has_exact_ranks(network);
  if (all_five_) return;
  for (const spec::FeatureDescription& input : model.description().input()) {
    learn(input.name(), input_rank(input, network));
  }
  for_each_layer(*network.layers, [this](const spec::NeuralNetworkLayer& layer, const std::string&) {
    const auto stated = [this](const auto& names, const auto& tensors) {
      for (int i = 0; i < std::min(names.size(), tensors.size()); ++i) {
        learn(names[i], static_cast<int>(std::min(tensors[i].rank(), 1000U)));
      }
    };
    stated(layer.input(), layer.inputtensor());
    stated(layer.output(), layer.outputtensor());
    if (keeps_rank(layer) && layer.input_size() > 0 && layer.output_size() > 0) {
      learn(layer.output(0), rank(layer.input(0)));
    }
  });
}

// A name that stands for blobs of several ranks, on two sides of a branch say, stands for none.
void BlobRanks::learn(const std::string& blob, int rank) {
  if (rank == 0) return;
  const auto [known, is_new] = ranks_.emplace(blob, rank);
  if (!is_new && known->second != rank) known->second = contradictory;
}

int BlobRanks::rank(const std::string& blob) const {
  if (all_five_) return 5;
  const auto known = ranks_.find(blob);
  return known == ranks_.end() || known->second == contradictory ? 0 : known->second;
}

}  // namespace goldilocks::model
