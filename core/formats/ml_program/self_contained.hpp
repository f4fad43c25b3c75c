#pragma once

#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// The same program with all of its constants in the model itself, and none in a file. It points into what the other one
// points into.
Program self_contained(Program program);

}  // namespace goldilocks::ml_program
