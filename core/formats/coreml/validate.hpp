#pragma once

#include <string>
#include <vector>

#include "core/formats/coreml/specification_version.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// One rule of the format that a model breaks.
struct Violation {
  std::string place;    // "layer 'conv1'", "input 'data'", "models[1] 'detector': layer 'conv1'", "" for the whole file
  std::string problem;  // one line, without the place
  std::string rule;     // a short stable id: "weights.count", "version.coded-weights", ...

  std::string text() const;  // "layer 'conv1': weights hold 12 values, 27 are needed [weights.count]"
};

// Checks what the format's validators accept: structure, specification versions, features, layers' inputs, outputs and
// parameters, weight forms and counts, graph order, pipelines. An empty result means that Apple's loader should accept
// the file. Never throws for a bad model (only for lack of memory); safe on hostile input.
std::vector<Violation> validate(const spec::Model& model);

}  // namespace goldilocks::model
