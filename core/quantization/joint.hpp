#pragma once

#include <functional>

#include "core/quantization/function_result.hpp"

namespace goldilocks::quantization {

// What a function makes of a tensor of floats, which the weight describes.
using RunFunction = std::function<FunctionResult(const weights::Weight& weight, const weights::Stored& content)>;

// Compresses further what is compressed already: `current`, which weight.stored describes. A mask stays beside whatever
// the values become; the entries of a table become codes; codes with one scale get a table; codes of either kind get a
// mask. `is_exact`: the function chooses its width and loses nothing. What can't be is said in the note. Throws what
// `run` does.
FunctionResult compress_further(const weights::Weight& weight, const weights::Stored& current, const RunFunction& run,
                                bool is_exact);

}  // namespace goldilocks::quantization
