#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "coreml/neural_network.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// y[c] = scale[c] * x[c] + offset[c]: what a batchnorm, scale or bias layer does to each channel. Either list has one
// entry per channel, or one for all.
struct ChannelAffine {
  std::vector<double> scale;
  std::vector<double> offset;
  std::optional<std::size_t> channels;  // where the layer states how many there are (batchnorm)

  double scale_of(std::size_t channel) const { return scale[scale.size() == 1 ? 0 : channel]; }
  double offset_of(std::size_t channel) const { return offset[offset.size() == 1 ? 0 : channel]; }
  bool scales() const;   // some factor is not 1
  bool offsets() const;  // some offset is not 0
  // The lists serve for that many channels.
  bool fits(std::size_t count) const;
};

// What the layer does, where it is one of the three and does the same to each value of a channel: no instance
// normalization, no statistics of the input, parameters of shape [1], [C], [1, 1, 1] or [C, 1, 1]. Nothing for any
// other layer, and where a parameter is missing, a value is not finite, or variance + epsilon is not positive. Throws
// ModelError that begins with `where` for parameters of another length than the layer states.
std::optional<ChannelAffine> channel_affine(const spec::NeuralNetworkLayer& layer, std::string_view where);

// Puts the affine behind the layer into the layer's own weights, where that is exact: a convolution, deconvolution,
// inner product, batchnorm or scale layer with float weights of its own that does not learn, and whose output channels
// the affine fits. What is stored as float16 becomes float32 then, all parameters of the layer alike. False, and no
// change, where it isn't exact or a result is too large for float32. Throws as channel_affine() does.
bool absorb(spec::NeuralNetworkLayer& layer, const ChannelAffine& affine, std::string_view where);

}  // namespace goldilocks::model
