#pragma once

#include <string>
#include <vector>

#include "core/formats/coreml/validate.hpp"

namespace goldilocks::model {

// What the format's validators accept in a model, and what may yet be meant or computed otherwise on a device: rules
// that only the comments of the format's schema state, and fields whose meaning differs between two sources. Says
// nothing that validate() says. Never throws for a bad model.
std::vector<Violation> warnings(const spec::Model& model);

// A deconvolution whose dilation makes a difference: above 1 along an axis with more than one tap. The format's schema
// says that a deconvolution ignores it; coremltools' converter writes it, and tests that it counts.
bool has_dilated_deconvolution(const spec::NeuralNetworkLayer& layer);

}  // namespace goldilocks::model
