#pragma once

#include <span>
#include <string_view>

#include "coreml/neural_network.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

using LayerCase = spec::NeuralNetworkLayer::LayerCase;

// Stands for "no upper bound" in a LayerKind.
inline constexpr int unbounded = -1;

// What the format says about a kind of layer as a whole; its parameters' rules are in the validator.
struct LayerKind {
  LayerCase kind;
  std::string_view name;  // the format's own: "innerProduct"
  int min_inputs, max_inputs;
  int min_outputs, max_outputs;
  int min_rank, max_rank;  // of the first input and of the first output; 0: not tested
  bool equal_ranks;        // the first input and the first output have the same rank
};

// Every kind of layer that the format knows, in the order of the oneof's numbers.
std::span<const LayerKind> layer_kinds();

// Null for LAYER_NOT_SET.
const LayerKind* find_layer_kind(LayerCase kind);

// The specification version that brought the kind: 1, 2 (custom), 3, 4 or 5. 0 for LAYER_NOT_SET.
int layer_kind_version(LayerCase kind);

}  // namespace goldilocks::model
