#pragma once

#include "fusion.hpp"
#include "plan_builder.hpp"
#include "prepared_weights.hpp"
#include "window.hpp"

namespace goldilocks::onednn {

// Adds a convolution and the maximum over windows that follows it (group.pool) as one step, by code of this backend's
// own (stem/stem.hpp), where the processor has the instructions for it and there is code for this shape and activation.
// Returns false and adds nothing otherwise.
bool add_pooled_convolution(PlanBuilder& builder, const Group& group, const Window& window,
                            const PreparedWeights& weights);

}  // namespace goldilocks::onednn
