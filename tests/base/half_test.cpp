#include "core/base/half.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace goldilocks {
namespace {

TEST(Half, KnownValues) {
  EXPECT_EQ(half_from_float(0.0F), 0x0000);
  EXPECT_EQ(half_from_float(-0.0F), 0x8000);
  EXPECT_EQ(half_from_float(1.0F), 0x3C00);
  EXPECT_EQ(half_from_float(-2.0F), 0xC000);
  EXPECT_EQ(half_from_float(65504.0F), 0x7BFF);
  EXPECT_EQ(half_from_float(0x1p-24F), 0x0001);
  EXPECT_EQ(half_from_float(0x1p-14F), 0x0400);
}

TEST(Half, RoundsToEvenAndOverflowsToInfinity) {
  EXPECT_EQ(half_from_float(1.0F + 0x1p-11F), 0x3C00);
  EXPECT_EQ(half_from_float(1.0F + 3 * 0x1p-11F), 0x3C02);
  EXPECT_EQ(half_from_float(std::nextafter(65520.0F, 0.0F)), 0x7BFF);
  EXPECT_EQ(half_from_float(65520.0F), 0x7C00);
  EXPECT_EQ(half_from_float(0x1p-25F), 0x0000);
  EXPECT_EQ(half_from_float(std::nextafter(0x1p-25F, 1.0F)), 0x0001);
}

TEST(Half, EveryHalfSurvivesTheWayToFloatAndBack) {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = float_from_half(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(float_from_half(half_from_float(value))));
    } else {
      EXPECT_EQ(half_from_float(value), half) << bits;
    }
  }
}

TEST(Half, IsTheNearestHalfForEveryMidpoint) {
  for (std::uint16_t half = 0; half < 0x7BFF; ++half) {
    const auto low = static_cast<double>(float_from_half(half));
    const auto high = static_cast<double>(float_from_half(static_cast<std::uint16_t>(half + 1)));
    const double middle = (low + high) / 2;
    EXPECT_EQ(half_from_double(std::nextafter(middle, low)), half);
    EXPECT_EQ(half_from_double(std::nextafter(middle, high)), half + 1);
    EXPECT_EQ(half_from_double(middle), half + (half & 1)) << "ties go to the even one";
  }
}

}  // namespace
}  // namespace goldilocks
