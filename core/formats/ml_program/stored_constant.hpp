#pragma once

#include <optional>

#include "core/formats/ml_program/constants.hpp"
#include "core/weights/stored.hpp"

namespace goldilocks::ml_program {

// How a constant is stored, as a weight: views of the file's own arrays, whatever nest of constexpr operations it is
// made by. `axes` are those that the granularity is said with. Nothing for what no encoding says: constants that are
// not float16 or float32, a table in a table, scaled floats, a cast. The arrays live as long as the program's values.
std::optional<weights::Stored> stored_constant(const ConstantSource& source, const Constants& constants,
                                               weights::Axes axes = {});

}  // namespace goldilocks::ml_program
