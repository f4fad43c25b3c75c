#include "plugins/quantizers/kmeans_lut/optimal_kmeans.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/quantizers/kmeans_lut/assign_codes.hpp"
#include "tests/quantizers/simple_kmeans.hpp"

namespace goldilocks::kmeans {
namespace {

using goldilocks::testing::error_with_table;
using goldilocks::testing::exhaustive_error;
using goldilocks::testing::layered_errors;
using goldilocks::testing::sorted_points;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Random = std::mt19937;

std::vector<float> normal_numbers(Random& random, std::size_t count) {
  std::normal_distribution<float> normal(0.01F, 0.1F);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TEST(OptimalKmeans, TwoGroupsGetTheirMeans) {
  const auto clusters = OptimalKmeans(std::vector<float>{9, 1, 2, 11, 3, 10}).solve(2);
  EXPECT_THAT(clusters.centroids, ElementsAre(2.0F, 10.0F));
  EXPECT_THAT(clusters.borders, ElementsAre(std::nextafter(6.0F, 7.0F))) << "6 is as near to both: the lower one";
  EXPECT_EQ(clusters.squared_error, 4);
}

TEST(OptimalKmeans, OneClusterIsTheMean) {
  const auto clusters = OptimalKmeans(std::vector<float>{1, 2, 6}).solve(1);
  EXPECT_THAT(clusters.centroids, ElementsAre(3.0F));
  EXPECT_THAT(clusters.borders, IsEmpty());
  EXPECT_EQ(clusters.squared_error, 14);
}

TEST(OptimalKmeans, RepeatedValuesPullTheirCentroid) {
  const auto clusters = OptimalKmeans(std::vector<float>{0, 0, 0, 4, 100}).solve(2);
  EXPECT_THAT(clusters.centroids, ElementsAre(1.0F, 100.0F));
  EXPECT_EQ(clusters.squared_error, 12);
}

TEST(OptimalKmeans, ImportancePullsTheCentroidToo) {
  const std::vector<float> values{0, 4, 100};
  const std::vector<float> importance{3, 1, 0.5F};
  const auto clusters = OptimalKmeans(values, importance).solve(2);
  EXPECT_THAT(clusters.centroids, ElementsAre(1.0F, 100.0F));
  EXPECT_EQ(clusters.squared_error, 12);
}

TEST(OptimalKmeans, ValuesWithoutImportanceGetTheNearestCentroid) {
  const std::vector<float> values{0, 10, 4, 6};
  const std::vector<float> importance{1, 1, 0, 0};
  const auto clusters = OptimalKmeans(values, importance).solve(2);
  EXPECT_THAT(clusters.centroids, ElementsAre(0.0F, 10.0F));
  std::vector<std::uint8_t> codes(values.size());
  assign_codes(values, clusters.borders, codes);
  EXPECT_THAT(codes, ElementsAre(0, 1, 0, 1));
}

TEST(OptimalKmeans, NoImportanceAtAllCountsAllTheSame) {
  const std::vector<float> values{1, 2, 6};
  EXPECT_THAT(OptimalKmeans(values, std::vector<float>(3, 0.0F)).solve(1).centroids, ElementsAre(3.0F));
}

TEST(OptimalKmeans, FewerDistinctValuesThanClustersAreKeptExactly) {
  const auto clusters = OptimalKmeans(std::vector<float>{0.3F, -1, 0.3F, 7, -1}).solve(16);
  EXPECT_THAT(clusters.centroids, ElementsAre(-1.0F, 0.3F, 7.0F));
  EXPECT_EQ(clusters.squared_error, 0);
}

TEST(OptimalKmeans, ZerosOfBothSignsAreOneValue) {
  const auto clusters = OptimalKmeans(std::vector<float>{-0.0F, 0.0F, 1}).solve(4);
  ASSERT_THAT(clusters.centroids, ElementsAre(0.0F, 1.0F));
  EXPECT_FALSE(std::signbit(clusters.centroids[0]));
}

TEST(OptimalKmeans, NoValuesHaveNoClusters) {
  OptimalKmeans solver(std::vector<float>{});
  EXPECT_THAT(solver.solve(4).centroids, IsEmpty());
  EXPECT_EQ(solver.passes(), 0U);
}

TEST(OptimalKmeans, ConstantsTakeOneEntry) {
  const auto clusters = OptimalKmeans(std::vector<float>(1000, -0.1F)).solve(256);
  EXPECT_THAT(clusters.centroids, ElementsAre(-0.1F));
  EXPECT_EQ(clusters.squared_error, 0);
}

// Evenly spaced values tie everywhere: no penalty singles out 3 of 8, 5 of 8, ...
TEST(OptimalKmeans, EvenlySpacedValuesAreCutIntoExactlyK) {
  std::vector<float> values(64);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const auto expected = layered_errors(sorted_points(values, {}), values.size());
  OptimalKmeans solver(values);
  for (std::size_t k = 1; k <= values.size(); ++k) {
    const auto clusters = solver.solve(k);
    EXPECT_EQ(clusters.centroids.size(), k);
    EXPECT_NEAR(clusters.squared_error, expected[k - 1], 1e-9) << "k = " << k;
  }
}

TEST(OptimalKmeans, ThousandsOfSmallCasesAreAsGoodAsExhaustiveSearch) {
  const std::uint32_t seed = 20240607;
  Random random(seed);
  for (int round = 0; round < 4000; ++round) {
    // Small integers tie and repeat; the scale makes sums round, or not.
    const std::size_t count = 1 + random() % 9;
    const std::uint32_t distinct = 1 + static_cast<std::uint32_t>(random() % 12);
    const float scale = round % 3 == 0 ? 0.1F : 1.0F;
    std::vector<float> values(count);
    for (float& value : values) value = scale * (static_cast<float>(random() % distinct) - 4);
    std::vector<float> importance;
    if (round % 2 == 1) {
      for (std::size_t i = 0; i < count; ++i) importance.push_back(static_cast<float>(random() % 4) / 2);
      importance[random() % count] = 1;
    }
    const auto points = sorted_points(values, importance);
    OptimalKmeans solver(values, importance);
    for (std::size_t k = 1; k <= 6; ++k) {
      const double least = exhaustive_error(points, k);
      const auto clusters = solver.solve(k);
      ASSERT_NEAR(clusters.squared_error, least, 1e-12 + 1e-9 * least)
          << "seed " << seed << ", round " << round << ", k = " << k;
      ASSERT_NEAR(error_with_table(values, importance, clusters.centroids), least, 1e-6 * (1 + least))
          << "the float32 table, seed " << seed << ", round " << round << ", k = " << k;
    }
  }
}

TEST(OptimalKmeans, MiddleSizedCasesAreAsGoodAsTheTextbookProgramme) {
  const std::uint32_t seed = 7;
  Random random(seed);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  for (int round = 0; round < 16; ++round) {
    const std::size_t count = 40 + random() % 160;
    std::vector<float> values = normal_numbers(random, count);
    for (float& value : values) {
      if (round % 4 == 1) value = std::round(value * 50) / 50;                                   // many repeated values
      if (round % 4 == 2) value = std::copysign(std::exp(80 * std::fabs(value)), value);         // heavy tails
      if (round % 4 == 3) value = static_cast<float>(std::floor(5 * uniform())) + value / 1000;  // tight groups
    }
    std::vector<float> importance;
    if (round % 3 == 0) {
      for (std::size_t i = 0; i < count; ++i) importance.push_back(static_cast<float>(std::pow(uniform(), 4)));
    }
    const auto expected = layered_errors(sorted_points(values, importance), 64);
    OptimalKmeans solver(values, importance);
    double former = std::numeric_limits<double>::infinity();
    for (std::size_t k = 1; k <= 64; ++k) {
      const double error = solver.solve(k).squared_error;
      EXPECT_NEAR(error, expected[k - 1], 1e-9 * expected[k - 1] + 1e-13 * expected[0])
          << "seed " << seed << ", round " << round << ", k = " << k;
      EXPECT_LE(error, former);
      former = error;
    }
  }
}

// Large enough for blocks of positions and for the coarse problem. Heavy tails have clusters of a point or two beside
// clusters of hundreds.
TEST(OptimalKmeans, AThousandValuesAreAsGoodAsTheTextbookProgramme) {
  const std::uint32_t seed = 17;
  Random random(seed);
  for (int round = 0; round < 3; ++round) {
    std::vector<float> values = normal_numbers(random, 1000);
    for (float& value : values) {
      if (round == 1) value = std::copysign(std::exp(60 * std::fabs(value)), value);
      if (round == 2) value = std::round(value * 500) / 500;
    }
    const auto expected = layered_errors(sorted_points(values, {}), 40);
    OptimalKmeans solver(values);
    for (std::size_t k = 1; k <= 40; ++k) {
      EXPECT_NEAR(solver.solve(k).squared_error, expected[k - 1], 1e-9 * expected[k - 1] + 1e-13 * expected[0])
          << "seed " << seed << ", round " << round << ", k = " << k;
    }
  }
}

// Two clusters have one cut; every one can be tried, on far more values.
TEST(OptimalKmeans, TwoLongClustersAreAsGoodAsTheBestCut) {
  const std::uint32_t seed = 18;
  Random random(seed);
  std::vector<float> values = normal_numbers(random, 50000);
  for (float& value : values) value = std::exp(8 * value);
  const auto points = sorted_points(values, {});
  long double total = 0;
  for (const auto& point : points) total += static_cast<long double>(point.value);
  // The error is the sum of squares less what the two means explain, so the best cut explains most.
  long double left = 0;
  long double most = 0;
  std::size_t cut = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    left += static_cast<long double>(points[i - 1].value);
    const long double right = total - left;
    const long double explained =
        left * left / static_cast<long double>(i) + right * right / static_cast<long double>(points.size() - i);
    if (explained > most) {
      most = explained;
      cut = i;
    }
  }
  const auto left_mean = goldilocks::testing::simple_mean({points.data(), cut});
  const auto right_mean = goldilocks::testing::simple_mean({points.data() + cut, points.size() - cut});
  const auto clusters = OptimalKmeans(values).solve(2);
  EXPECT_THAT(clusters.centroids, ElementsAre(static_cast<float>(left_mean), static_cast<float>(right_mean)))
      << "seed " << seed;
}

TEST(OptimalKmeans, TheOrderOfWidthsDoesNotMatter) {
  Random random(11);
  const std::vector<float> values = normal_numbers(random, 5000);
  OptimalKmeans falling(values);
  OptimalKmeans rising(values);
  std::vector<OptimalKmeans::Clusters> from_falling;
  for (int bits = 8; bits >= 1; --bits) from_falling.push_back(falling.solve(std::size_t{1} << bits));
  for (int bits = 1; bits <= 8; ++bits) {
    const auto one = rising.solve(std::size_t{1} << bits);
    const auto& other = from_falling[static_cast<std::size_t>(8 - bits)];
    EXPECT_EQ(one.centroids, other.centroids) << bits;
    EXPECT_EQ(one.borders, other.borders) << bits;
  }
}

// Of several optimal answers, which one is given must not depend on what was asked before: a sweep over all widths and
// a run for one width write the same bytes.
TEST(OptimalKmeans, TiesAreDecidedTheSameWayAfterOtherWidths) {
  const std::uint32_t seed = 16;
  Random random(seed);
  for (int round = 0; round < 20; ++round) {
    std::vector<float> values(2000 + 500 * static_cast<std::size_t>(round));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = 0.1F * static_cast<float>(round % 2 == 0 ? i : random() % 500);
    }
    OptimalKmeans all(values);
    for (const std::size_t k : {3U, 100U, 16U, 77U, 2U, 128U, 16U}) {
      const auto one = OptimalKmeans(values).solve(k);
      const auto other = all.solve(k);
      EXPECT_EQ(one.centroids, other.centroids) << "seed " << seed << ", round " << round << ", k = " << k;
      EXPECT_EQ(one.borders, other.borders) << "seed " << seed << ", round " << round << ", k = " << k;
    }
  }
}

TEST(OptimalKmeans, EachValueIsCodedByItsNearestEntry) {
  Random random(12);
  const std::vector<float> values = normal_numbers(random, 20000);
  OptimalKmeans solver(values);
  for (const std::size_t k : {2U, 16U, 256U}) {
    const auto clusters = solver.solve(k);
    std::vector<std::uint8_t> codes(values.size());
    assign_codes(values, clusters.borders, codes);
    double error = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double difference = static_cast<double>(values[i]) - static_cast<double>(clusters.centroids[codes[i]]);
      error += difference * difference;
    }
    EXPECT_NEAR(error, error_with_table(values, {}, clusters.centroids), 1e-12 * error);
    EXPECT_NEAR(error, clusters.squared_error, 1e-6 * error);
  }
}

// The outliers' squares are 10^20 times the errors that matter.
TEST(OptimalKmeans, FarOutliersDoNotCostTheOthersTheirPrecision) {
  Random random(13);
  std::vector<float> values = normal_numbers(random, 600);
  const auto expected = layered_errors(sorted_points(values, {}), 14);
  values.push_back(-1e9F);
  values.push_back(1e9F);
  OptimalKmeans solver(values);
  EXPECT_NEAR(solver.solve(16).squared_error, expected[13], 1e-3 * expected[13]);
  EXPECT_NEAR(solver.solve(8).squared_error, expected[5], 1e-3 * expected[5]);
}

TEST(OptimalKmeans, TheLargestAndTheSmallestFloatsAreValuesLikeOthers) {
  const float largest = std::numeric_limits<float>::max();
  const float smallest = std::numeric_limits<float>::denorm_min();
  const auto large = OptimalKmeans(std::vector<float>{-largest, largest, -largest, 0}).solve(2);
  EXPECT_THAT(large.centroids, ElementsAre(-largest, largest / 2));
  const auto small = OptimalKmeans(std::vector<float>{smallest, 5 * smallest, 7 * smallest}).solve(2);
  EXPECT_THAT(small.centroids, ElementsAre(smallest, 6 * smallest));
}

TEST(OptimalKmeans, WhatIsThrownBeforeAPassStopsTheSearch) {
  Random random(14);
  const std::vector<float> values = normal_numbers(random, 100);
  int calls = 0;
  OptimalKmeans solver(values, {}, [&] {
    if (++calls == 2) throw std::runtime_error("stop");
  });
  EXPECT_THROW(
      {
        for (std::size_t k = 2; k < 50; ++k) solver.solve(k);
      },
      std::runtime_error);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(solver.solve(7).centroids.size(), 7U) << "the object can still be used";
}

TEST(OptimalKmeans, AFewPassesFindEachWidth) {
  Random random(15);
  OptimalKmeans solver(normal_numbers(random, 30000));
  for (int bits = 8; bits >= 1; --bits) solver.solve(std::size_t{1} << bits);
  EXPECT_LE(solver.passes(), 8U * 6U);
}

}  // namespace
}  // namespace goldilocks::kmeans
