#pragma once

#include <vector>

#include "core/formats/violation.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// Checks what the format's validators accept: structure, specification versions, features, layers' inputs, outputs and
// parameters, weight forms and counts, graph order, pipelines. An empty result means that Apple's loader should accept
// the file. Never throws for a bad model (only for lack of memory); safe on hostile input.
std::vector<Violation> validate(const spec::Model& model);

}  // namespace goldilocks::model
