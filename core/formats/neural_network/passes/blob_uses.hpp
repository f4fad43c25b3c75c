#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

using Layers = google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>;

// A list of layers: that of the model's network, or one nested in a branch or loop.
struct LayerList {
  Layers* layers = nullptr;
  std::string place;                                // "", "loop1/body/"
  std::size_t parent = 0;                           // in NetworkUses::lists(); the first list is its own
  const spec::NeuralNetworkLayer* owner = nullptr;  // the branch or loop; null for the first
};

// Who makes and who reads each blob of a network, nested networks included. Names stand for blobs: where one name is
// made in several places, each of its readers counts for all of them, unless the two lie on different sides of a
// branch, of which only one runs. So a blob may seem to have more readers than it has, and never fewer.
class NetworkUses {
 public:
  // The model must be a network, and stay in place; its layers may be changed and reordered, as long as the uses are
  // told. Throws ModelError beyond the depth that networks may nest.
  explicit NetworkUses(spec::Model& model);

  // Depth first, in file order.
  const std::vector<LayerList>& lists() const { return lists_; }

  // Somebody outside of the layers knows the blob by its name: an input or output of the model, the scores, a loss, a
  // loop's condition.
  bool is_known_outside(const std::string& blob) const { return known_outside_.contains(blob); }

  // The layer that makes the blob for a reader in this list, if there is but one, and nobody but `reader` reads it or
  // knows it outside; otherwise null.
  spec::NeuralNetworkLayer* only_producer(const std::string& blob, std::size_t list,
                                          const spec::NeuralNetworkLayer& reader) const;

  // More than one layer makes the blob, or one makes what is an input of the model: only a copy layer may.
  bool is_remade(const std::string& blob) const;

  // `producer` makes what `reader` made, which is gone with the blob between them.
  void join(spec::NeuralNetworkLayer& producer, const spec::NeuralNetworkLayer& reader);

  bool has_blob(const std::string& name) const { return known_outside_.contains(name) || producers_.contains(name); }

 private:
  struct Use {
    spec::NeuralNetworkLayer* layer;
    std::size_t list;
  };
  using Uses = std::unordered_map<std::string, std::vector<Use>>;

  void add_list(Layers& layers, const std::string& place, std::size_t parent, const spec::NeuralNetworkLayer* owner,
                int depth);
  void add_known_names(const spec::Model& model);
  bool are_exclusive(std::size_t left, std::size_t right) const;

  std::vector<LayerList> lists_;
  Uses producers_, readers_;
  std::unordered_set<std::string> known_outside_, inputs_;
};

}  // namespace goldilocks::model
