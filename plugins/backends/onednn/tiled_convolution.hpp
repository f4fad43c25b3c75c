#pragma once

#include "fusion.hpp"
#include "plan_builder.hpp"
#include "prepared_weights.hpp"
#include "window.hpp"

namespace goldilocks::onednn {

// Adds a 3x3 convolution of stride 1 by this backend's own code for Winograd's method (winograd/winograd.hpp), where
// the processor has the instructions for it, the activation is one that the code knows, and it is expected to be faster
// than all that oneDNN has. Returns false and adds nothing otherwise.
bool add_tiled_convolution(PlanBuilder& builder, const Group& group, const Window& window,
                           const PreparedWeights& weights);

}  // namespace goldilocks::onednn
