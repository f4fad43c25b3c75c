#pragma once

#include <cstddef>
#include <filesystem>

#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// Reads a package that was written and compares it with the program that it should hold: it breaks no rule of the
// format, its weights are stored as they should be, array by array, and they decompress to the same values, bit by bit,
// by the evaluator's arithmetic and by that of core/weights. Throws Error (internal) for the first difference.
void verify_weights(const std::filesystem::path& package, const Program& expected);

}  // namespace goldilocks::ml_program
