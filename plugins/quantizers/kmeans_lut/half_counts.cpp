// A float16 number becomes its bits by a multiplication with 2^-112: its exponent then is that of the format, and so
// are subnormal ones; 13 bits of the fraction are 0 and fall away.

#include "half_counts.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace goldilocks::kmeans {
namespace {

constexpr std::size_t least_count = 8192;
constexpr std::size_t numbers = 65536;
constexpr std::uint32_t sign = 0x8000;
constexpr std::uint32_t infinite_half = 0x7C00;
constexpr std::size_t values_at_once = 2048;

std::uint32_t half_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value * 0x1p-112F);
  return (bits >> 13U & 0x7FFFU) | (bits >> 16U & sign);
}

float number_of(std::uint32_t half) {
  return std::bit_cast<float>((half & 0x7FFFU) << 13U | (half & sign) << 16U) * 0x1p112F;
}

// Without a branch for each value, so that compilers vectorize it.
bool are_halves(std::span<const float> values) {
  std::uint32_t differs = 0;
  for (const float value : values) {
    const std::uint32_t half = half_bits(value);
    const bool is_exact = number_of(half) == value && (half & 0x7FFFU) < infinite_half;
    differs |= is_exact ? 0U : 1U;
  }
  return differs == 0;
}

// Every finite number in ascending order, -0 before 0: visit(bits).
template <class Visit>
void for_each_number(const Visit& visit) {
  for (std::uint32_t half = sign + infinite_half; half-- > sign;) visit(half);
  for (std::uint32_t half = 0; half < infinite_half; ++half) visit(half);
}

}  // namespace

std::optional<HalfCounts> HalfCounts::of(std::span<const float> values) {
  if (values.size() < least_count) return std::nullopt;
  HalfCounts result;
  result.counts_.resize(numbers);
  for (std::size_t begin = 0; begin < values.size(); begin += values_at_once) {
    const auto part = values.subspan(begin, std::min(values_at_once, values.size() - begin));
    if (!are_halves(part)) return std::nullopt;
    for (const float value : part) ++result.counts_[half_bits(value)];
  }
  return result;
}

DistinctPoints HalfCounts::points() const {
  DistinctPoints points;
  points.counts_before.push_back(0);
  std::int32_t before = 0;
  for_each_number([&](std::uint32_t half) {
    if (counts_[half] == 0) return;
    before += counts_[half];
    const float value = number_of(half);
    if (!points.values.empty() && points.values.back() == value) {  // 0 after -0
      points.counts_before.back() = before;
      return;
    }
    points.values.push_back(value);
    points.counts_before.push_back(before);
  });
  points.counts_before.insert(points.counts_before.end(), DistinctPoints::padding, before);
  return points;
}

void assign_half_codes(std::span<const float> values, std::span<const float> borders, std::span<std::uint8_t> codes) {
  std::vector<std::uint8_t> code_of(numbers);
  std::size_t below = 0;
  for_each_number([&](std::uint32_t half) {
    while (below < borders.size() && borders[below] <= number_of(half)) ++below;
    code_of[half] = static_cast<std::uint8_t>(below);
  });
  for (std::size_t i = 0; i < values.size(); ++i) codes[i] = code_of[half_bits(values[i])];
}

}  // namespace goldilocks::kmeans
