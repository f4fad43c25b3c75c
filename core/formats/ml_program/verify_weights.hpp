#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/program.hpp"
#include "core/formats/ml_program/replace_weights.hpp"

namespace goldilocks::ml_program {

// Reads a package that was written and compares it with the program that it should hold: it breaks no rule of the
// format, its weights are stored as they should be, array by array, and they decompress to the same values, bit by bit,
// by the evaluator's arithmetic and by that of core/weights. `contents`: what the program was given (as_written()),
// which is compared, too. Throws Error (internal) for the first difference.
void verify_weights(const std::filesystem::path& package, const Program& expected,
                    std::span<const WeightContent> contents);
// The same for a model before it is written.
void verify_weights(const spec::Model& model, WeightFiles& files, const Program& expected,
                    std::span<const WeightContent> contents);

}  // namespace goldilocks::ml_program
