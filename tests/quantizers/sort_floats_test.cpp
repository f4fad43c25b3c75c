#include "plugins/quantizers/kmeans_lut/sort_floats.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks::kmeans {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SortFloats, NegativeValuesComeFirstAndFallInMagnitude) {
  EXPECT_THAT(sorted(std::vector<float>{1, -2, 0, -1, 0.5F}), ElementsAre(-2.0F, -1.0F, 0.0F, 0.5F, 1.0F));
  EXPECT_THAT(sorted(std::vector<float>{}), IsEmpty());
}

TEST(SortFloats, MinusZeroComesBeforeZero) {
  const auto result = sorted(std::vector<float>{0.0F, -0.0F});
  EXPECT_TRUE(std::signbit(result[0]));
  EXPECT_FALSE(std::signbit(result[1]));
}

TEST(SortFloats, EqualValuesKeepTheirOrderWithTheirImportance) {
  const std::vector<float> values{2, 1, 2, 1};
  const std::vector<float> importance{0.1F, 0.2F, 0.3F, 0.4F};
  const auto result = sorted(values, importance);
  std::vector<float> order;
  for (const WeightedValue& entry : result) order.push_back(entry.importance);
  EXPECT_THAT(order, ElementsAre(0.2F, 0.4F, 0.1F, 0.3F));
}

TEST(SortFloats, AnyFiniteFloatsSortAsByComparison) {
  const std::uint32_t seed = 3;
  std::mt19937 random(seed);
  for (const std::size_t count : {2U, 511U, 512U, 513U, 20000U}) {
    // Any bits, or small steps around 1, whose upper digits are all the same.
    for (const std::uint32_t mask : {0xFFFFFFFFU, 0x000003FFU}) {
      std::vector<float> values(count);
      std::vector<float> importance(count);
      for (std::size_t i = 0; i < count; ++i) {
        do {
          values[i] = std::bit_cast<float>((static_cast<std::uint32_t>(random()) & mask) |
                                           (mask == 0xFFFFFFFFU ? 0 : 0x3F800000U));
        } while (!std::isfinite(values[i]));
        importance[i] = values[i] / 2;
      }
      std::vector<float> expected = values;
      std::sort(expected.begin(), expected.end());
      EXPECT_EQ(sorted(values), expected) << "seed " << seed << ", count " << count;
      const auto weighted = sorted(values, importance);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(weighted[i].value, expected[i]);
        ASSERT_EQ(weighted[i].importance, expected[i] / 2) << "the importance goes with its value";
      }
    }
  }
}

}  // namespace
}  // namespace goldilocks::kmeans
