#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace goldilocks::model {

// Arrays of IEEE binary16 in little-endian bytes, as float16Value holds them; a gigabyte per second and more. Single
// values are in core/base/half.hpp, and both give the same bits.

// Widens values.size() halves; `halves` must hold 2 * values.size() bytes. Exact.
void widen_halves(std::string_view halves, std::span<float> values);

// Rounds to nearest, ties to even. All values must be below 65520 in magnitude, or infinite.
std::string narrow_to_halves(std::span<const float> values);

// The index of the first value whose magnitude is `limit` or more, or that is NaN; values.size() if there is none.
std::size_t first_beyond(std::span<const float> values, float limit);

}  // namespace goldilocks::model
