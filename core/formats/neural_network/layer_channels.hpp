#pragma once

#include <cstdint>
#include <optional>

#include "coreml/neural_network.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// The channels of a layer, as its own fields state them, unchecked. Nothing where a layer has no such number, or states
// one that is negative.
struct LayerChannels {
  // Of convolutions: the input channels that each output channel reads, and the number of groups (absent counts as 1).
  // For a deconvolution the format's kernelChannels are all input channels.
  std::optional<std::uint64_t> kernel, groups;
  // The width of what goes in and comes out: channels of a convolution or batch norm, columns and rows of a matrix,
  // entries and length of an embedding, vector sizes of a recurrent layer.
  std::optional<std::uint64_t> input, output;
};

LayerChannels layer_channels(const spec::NeuralNetworkLayer& layer);

}  // namespace goldilocks::model
