#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace goldilocks {

// IEEE 754 binary16 as its bits. Rounding is to nearest, ties to even; too large becomes infinity; denormals are kept.
std::uint16_t half_from_float(float value);
float float_from_half(std::uint16_t bits);

// The rounding of a float64 in one step, as numpy's astype(float16) does.
std::uint16_t half_from_double(double value);

// The magnitude from which on rounding to float16 gives infinity. The largest half is 65504.
inline constexpr float float16_limit = 65520.0F;

// The same for arrays in little-endian bytes, a gigabyte per second and more.
// Widens values.size() halves; `halves` must hold 2 * values.size() bytes. Exact.
void widen_halves(std::string_view halves, std::span<float> values);
// All values must be below float16_limit in magnitude, or infinite.
std::string narrow_to_halves(std::span<const float> values);
// Each value becomes the nearest half, whatever it is.
void round_to_halves(std::span<float> values);

// The index of the first value whose magnitude is `limit` or more, or that is NaN; values.size() if there is none.
std::size_t first_beyond(std::span<const float> values, float limit);

}  // namespace goldilocks
