#pragma once

#include <string>

#include "core/formats/ml_program/constants.hpp"

namespace goldilocks::ml_program {

// How a constant is stored, in words: "fp16", "table of 4 bits", "table of 4 bits, 8 groups, vectors of 2", "linear
// int8, per channel", "linear int4, blocks", "sparse, table of 4 bits", "scaled table of 4 bits", ...
std::string encoding_text(const ConstantSource& source, const Constants& constants);

}  // namespace goldilocks::ml_program
