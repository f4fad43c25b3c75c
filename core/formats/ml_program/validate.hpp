#pragma once

#include <vector>

#include "core/formats/coreml/validate.hpp"
#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// Every rule that the program of a model breaks, with what its description says of it: all at once, each with function,
// block and operation. The model's type must be mlProgram. Safe on hostile content: time and memory grow with the size
// of the file, never with the sizes that it states.
std::vector<model::Violation> validate(const spec::Model& model, WeightFiles& weights);

// The same, and the program that was read on the way.
std::vector<model::Violation> validate(const spec::Model& model, WeightFiles& weights, Program& program);

}  // namespace goldilocks::ml_program
