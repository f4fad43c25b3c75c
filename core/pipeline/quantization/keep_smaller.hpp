#pragma once

#include <cstdint>
#include <span>

#include "core/pipeline/quantization/weight_outcome.hpp"

namespace goldilocks::pipeline {

// What a tensor takes in the file: the message, and its tag and length as a field of the layer's.
std::uint64_t bytes_in_file(const coreml::WeightParams& params);
// The same of `count` values that are stored as float16 or float32.
std::uint64_t bytes_as_floats(std::uint64_t count, model::WeightForm form);

// Whether rounding to float16 makes none of a tensor's values infinite, and none of them is infinite or NaN already.
bool fits_float16(const WeightPart& part);

// `keep: smaller` for the tensors of one layer: those that got codes and are free to be floats become the smaller of
// codes and floats, with a note. A layer has only one kind of floats: float16 or float32, whichever makes the layer's
// tensors smaller together, float32 where both are equal; float16 only where nothing overflows, and for a function that
// chooses its widths (which keeps every value) only where nothing is rounded. `parts` and `outcomes` are the layer's,
// in the same order.
void keep_smaller(std::span<const WeightPart* const> parts, std::span<WeightOutcome* const> outcomes);

}  // namespace goldilocks::pipeline
