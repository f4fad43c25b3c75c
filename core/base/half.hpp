#pragma once

#include <cstdint>

namespace goldilocks {

// IEEE 754 binary16 as its bits. Rounding is to nearest, ties to even; too large becomes infinity; denormals are kept.
std::uint16_t half_from_float(float value);
float float_from_half(std::uint16_t bits);

// The rounding of a float64 in one step, as numpy's astype(float16) does.
std::uint16_t half_from_double(double value);

}  // namespace goldilocks
