#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

namespace goldilocks::cli {

// Every numeric option has one of these as its transform(), so that a number means the same everywhere: decimal, within
// the range, and nothing behind it. CLI11 alone reads 010 as 8, takes NaN for a number of any range, and turns -1 into
// a size of 64 bits.

// A whole number from `least` to `most`.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

// A finite number from `least` to `most`.
CLI::Validator real_number(double least, double most);

// The largest number of samples or classes that an option takes.
inline constexpr std::uint64_t most_items = 1'000'000'000;

}  // namespace goldilocks::cli
