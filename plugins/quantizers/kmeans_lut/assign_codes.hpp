#pragma once

#include <cstdint>
#include <span>

namespace goldilocks::kmeans {

// The code of each value: how many of the borders are not above it. `borders`: up to 255 of them, ascending, finite.
// `codes` is as long as `values`, which are finite.
void assign_codes(std::span<const float> values, std::span<const float> borders, std::span<std::uint8_t> codes);

}  // namespace goldilocks::kmeans
