#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/half.hpp"

namespace goldilocks {
namespace {

std::string bytes_of(const std::vector<std::uint16_t>& halves) {
  std::string bytes(2 * halves.size(), '\0');
  std::memcpy(bytes.data(), halves.data(), bytes.size());
  return bytes;
}

TEST(HalfArrays, KnownValuesInLittleEndianOrder) {
  EXPECT_EQ(narrow_to_halves(std::vector<float>{1.0F, -2.0F}), std::string("\x00\x3C\x00\xC0", 4));
  std::vector<float> values(2);
  widen_halves(std::string_view("\x00\x3C\x00\xC0", 4), values);
  EXPECT_EQ(values, (std::vector<float>{1.0F, -2.0F}));
}

TEST(HalfArrays, EveryHalfWidensAsTheSingleConversionDoes) {
  std::vector<std::uint16_t> halves(0x10000);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> values(halves.size());
  widen_halves(bytes_of(halves), values);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const float expected = float_from_half(halves[i]);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(values[i])) << i;
    } else {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(values[i]), std::bit_cast<std::uint32_t>(expected)) << i;
    }
  }
}

TEST(HalfArrays, NarrowsAsTheSingleConversionDoes) {
  // Each half below the limit, the midpoint to the next one, the floats around both, and random bits.
  std::vector<float> values;
  for (std::uint16_t half = 0; half < 0x7BFF; ++half) {
    const float low = float_from_half(half);
    const float middle = (low + float_from_half(static_cast<std::uint16_t>(half + 1))) / 2;
    for (const float value : {low, middle}) {
      for (const float near : {value, std::nextafter(value, 0.0F), std::nextafter(value, 1e9F)}) {
        values.push_back(near);
        values.push_back(-near);
      }
    }
  }
  std::mt19937 random(30);
  while (values.size() < 600000) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::abs(value) < 65520.0F) values.push_back(value);
  }
  constexpr float infinity = std::numeric_limits<float>::infinity();
  values.insert(values.end(), {65504.0F, std::nextafter(65520.0F, 0.0F), -65519.0F, infinity, -infinity});
  const std::string halves = narrow_to_halves(values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, halves.data() + 2 * i, 2);
    ASSERT_EQ(half, half_from_float(values[i])) << values[i];
  }
}

TEST(HalfArrays, FindsTheFirstValueBeyondALimit) {
  std::vector<float> values(10000, 1.0F);
  EXPECT_EQ(first_beyond(values, 2.0F), values.size());
  values[9999] = -2.0F;
  EXPECT_EQ(first_beyond(values, 2.0F), 9999U);
  values[5000] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(first_beyond(values, 2.0F), 5000U);
  values[4096] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(first_beyond(values, std::numeric_limits<float>::infinity()), 4096U);
  EXPECT_EQ(first_beyond({}, 1.0F), 0U);
}

}  // namespace
}  // namespace goldilocks
