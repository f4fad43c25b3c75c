#pragma once

#include <string_view>

#include "core/quantization/function_result.hpp"

namespace goldilocks::quantization {

// A table whose entries, rounded to `type`, become codes of 8 bits with one scale, max |entry| / 127, as
// linear_symmetric makes them of a tensor per tensor; each step is rounded to the type. Tables of fewer than 10 entries
// stay as they are, as the reference implementation has it, and what is no table stays out: the note says so. Throws
// ModelError that begins with `place` for an entry too large for it.
FunctionResult with_int8_table(weights::Stored stored, weights::NumberType type, std::string_view place);

}  // namespace goldilocks::quantization
