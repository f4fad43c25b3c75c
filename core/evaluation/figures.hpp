#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace goldilocks::evaluation {

// Figures as sentences show them.

// "1.13 MB", "618 kB", "512 bytes"; the decimal units that file managers and app stores count in.
std::string size_in_words(std::uint64_t bytes);

// "70 % less than", "12 % more than", "45 bytes more than", "as large as": whole percents, bytes below one percent.
std::string size_against(std::uint64_t bytes, std::uint64_t other);

// With three decimals, and with more where three would put `value` on the other side of `limit` or make it equal:
// 0.0104 against 0.01 is "0.0104", not "0.010".
std::string figure_against(double value, double limit);

// Two figures with three decimals, or as many more (up to twelve) as it takes to tell them apart.
std::pair<std::string, std::string> figures_apart(double a, double b);

// "1,234,567"
std::string grouped(std::uint64_t number);

// The shortest decimals that read back as the same number: 0.01 is "0.01".
std::string plain_number(double value);

}  // namespace goldilocks::evaluation
