#include "plugins/quantizers/kmeans_lut/assign_codes.hpp"

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

using ::testing::Each;
using ::testing::ElementsAre;

std::vector<std::uint8_t> codes_of(const std::vector<float>& values, const std::vector<float>& borders) {
  std::vector<std::uint8_t> codes(values.size(), 99);
  assign_codes(values, borders, codes);
  return codes;
}

TEST(AssignCodes, AValueAtABorderBelongsAboveIt) {
  EXPECT_THAT(codes_of({-5, 1, std::nextafter(1.0F, 0.0F), 2, 9}, {1, 2}), ElementsAre(0, 1, 0, 2, 2));
}

TEST(AssignCodes, WithoutBordersAllCodesAreZero) { EXPECT_THAT(codes_of({1, 2, 3}, {}), Each(0)); }

TEST(AssignCodes, OneBorderSplitsInTwo) { EXPECT_THAT(codes_of({-1, 0, 0.5F, 1}, {0.5F}), ElementsAre(0, 0, 1, 1)); }

TEST(AssignCodes, BordersAtTheEndsOfTheFloatsWork) {
  const float largest = std::numeric_limits<float>::max();
  const float smallest = std::numeric_limits<float>::denorm_min();
  EXPECT_THAT(codes_of({-largest, largest, 0}, {-largest, 0, largest}), ElementsAre(1, 3, 2));
  EXPECT_THAT(codes_of({0, smallest, 2 * smallest}, {smallest, 2 * smallest}), ElementsAre(0, 1, 2));
}

TEST(AssignCodes, CountsTheBordersThatAreNotAboveEachValue) {
  const std::uint32_t seed = 5;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  for (int round = 0; round < 60; ++round) {
    const std::size_t count = 1 + random() % 255;
    // Odd rounds crowd the borders into a few buckets.
    std::vector<float> borders(count);
    for (float& border : borders) border = round % 2 == 0 ? normal(random) : std::exp(20 * normal(random));
    std::sort(borders.begin(), borders.end());
    borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
    std::vector<float> values(300);
    for (float& value : values) {
      value = random() % 2 == 0 ? borders[random() % borders.size()] : normal(random);
      if (random() % 4 == 0) value = std::nextafter(value, -10.0F);
    }
    const auto codes = codes_of(values, borders);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto expected = std::upper_bound(borders.begin(), borders.end(), values[i]) - borders.begin();
      ASSERT_EQ(codes[i], expected) << "seed " << seed << ", round " << round << ", value " << values[i];
    }
  }
}

}  // namespace
}  // namespace goldilocks::kmeans
