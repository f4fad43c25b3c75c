#pragma once

#include <vector>

#include "core/base/error.hpp"
#include "core/formats/neural_network/lowering/sized_network.hpp"

namespace goldilocks::lowering {

// Sizes other than the default ones that the inputs of a neural network may have, those first at which it is likely to
// run: the channels that its layers state, along each axis that is flexible, and sides of common images. At most 32;
// none where all sizes are fixed.
std::vector<InputSizes> other_sizes(const spec::Model& model);

// make(sizes) at the default sizes, or where these don't fit the network at the first of the others that do: a number
// of channels that the description leaves open is settled by the layers, and its lower bound need not be one that they
// take. Throws the ModelError of the default sizes if no size will do.
template <class Make>
auto at_fitting_sizes(const spec::Model& model, const Make& make) {
  try {
    return make(InputSizes{});
  } catch (const ModelError&) {
    for (const InputSizes& sizes : other_sizes(model)) {
      try {
        return make(sizes);
      } catch (const ModelError&) {
        continue;
      }
    }
    throw;
  }
}

}  // namespace goldilocks::lowering
