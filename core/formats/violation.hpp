#pragma once

#include <string>

namespace goldilocks::model {

// One rule of the format that a model breaks.
struct Violation {
  std::string place;    // "layer 'conv1'", "input 'data'", "models[1] 'detector': layer 'conv1'", "" for the whole file
  std::string problem;  // one line, without the place
  std::string rule;     // a short stable id: "weights.count", "version.coded-weights", ...

  std::string text() const;  // "layer 'conv1': weights hold 12 values, 27 are needed [weights.count]"
};

}  // namespace goldilocks::model
