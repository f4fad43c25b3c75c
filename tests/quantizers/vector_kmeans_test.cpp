#include "plugins/quantizers/kmeans_lut/vector_kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/half.hpp"
#include "plugins/quantizers/kmeans_lut/assign_codes.hpp"
#include "plugins/quantizers/kmeans_lut/half_counts.hpp"

namespace goldilocks::kmeans {
namespace {

using ::testing::ElementsAre;

float as_it_is(float value) { return value; }

std::vector<float> normal_rows(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.02F);
  std::vector<float> rows(count);
  for (float& value : rows) value = float_from_half(half_from_float(normal(random)));
  return rows;
}

double error_of(const std::vector<float>& rows, std::size_t length, const VectorKmeans::Clusters& clusters) {
  double error = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float entry = clusters.centroids[clusters.codes[i / length] * length + i % length];
    error += std::pow(static_cast<double>(rows[i]) - static_cast<double>(entry), 2);
  }
  return error;
}

// Rounds of assignment and means from one k-means++ start, until little changes: what libraries do.
double plain_kmeans_error(const std::vector<float>& rows, std::size_t length, std::size_t k, unsigned seed) {
  std::mt19937 random(seed);
  const std::size_t count = rows.size() / length;
  std::vector<double> centroids;
  std::vector<double> distances(count, 1);
  const auto distance = [&](std::size_t row, std::size_t c) {
    double sum = 0;
    for (std::size_t j = 0; j < length; ++j) {
      sum += std::pow(static_cast<double>(rows[row * length + j]) - centroids[c * length + j], 2);
    }
    return sum;
  };
  for (std::size_t c = 0; c < k; ++c) {
    std::discrete_distribution<std::size_t> draw(distances.begin(), distances.end());
    const std::size_t row = draw(random);
    for (std::size_t j = 0; j < length; ++j) centroids.push_back(static_cast<double>(rows[row * length + j]));
    for (std::size_t i = 0; i < count; ++i) distances[i] = std::min(c == 0 ? 1e30 : distances[i], distance(i, c));
  }
  double error = 0;
  for (int pass = 0; pass < 30; ++pass) {
    std::vector<double> sums(k * length);
    std::vector<double> counts(k);
    error = 0;
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t nearest = 0;
      for (std::size_t c = 1; c < k; ++c) nearest = distance(i, c) < distance(i, nearest) ? c : nearest;
      error += distance(i, nearest);
      ++counts[nearest];
      for (std::size_t j = 0; j < length; ++j) sums[nearest * length + j] += static_cast<double>(rows[i * length + j]);
    }
    for (std::size_t c = 0; c < k * length; ++c) {
      if (counts[c / length] > 0) centroids[c] = sums[c] / counts[c / length];
    }
  }
  return error;
}

TEST(VectorKmeans, LosesNothingWhereDistinctRowsAreFew) {
  const std::vector<float> rows = {0, 2, 1, 3, 0, 2, 1, 3};
  const VectorKmeans::Clusters clusters = VectorKmeans(rows, 2, {}).solve(4, as_it_is);
  EXPECT_THAT(clusters.centroids, ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(clusters.codes, ElementsAre(0, 1, 0, 1));
  EXPECT_EQ(clusters.squared_error, 0);
}

TEST(VectorKmeans, FindsTheMeansOfCloudsFarApart) {
  const std::vector<float> rows = {0, 0, 0, 2, 10, 10, 10, 12, -10, 5, -12, 5};
  const VectorKmeans::Clusters clusters = VectorKmeans(rows, 2, {}).solve(3, as_it_is);
  EXPECT_THAT(clusters.centroids, ElementsAre(-11, 5, 0, 1, 10, 11));
  EXPECT_THAT(clusters.codes, ElementsAre(1, 1, 2, 2, 0, 0));
}

TEST(VectorKmeans, IsNoWorseThanPlainKmeans) {
  for (const std::size_t length : {std::size_t{2}, std::size_t{4}}) {
    for (const std::size_t k : {std::size_t{4}, std::size_t{16}, std::size_t{64}}) {
      const std::vector<float> rows = normal_rows(1200, static_cast<unsigned>(k + length));
      const VectorKmeans::Clusters clusters = VectorKmeans(rows, length, {}).solve(k, as_it_is);
      const double error = error_of(rows, length, clusters);
      EXPECT_NEAR(error, clusters.squared_error, error * 1e-4);
      for (unsigned seed = 0; seed < 5; ++seed) {
        EXPECT_LE(error, plain_kmeans_error(rows, length, k, seed)) << length << ' ' << k << ' ' << seed;
      }
    }
  }
}

TEST(VectorKmeans, OfManyRowsIsNoWorseThanPlainKmeans) {
  const std::vector<float> rows = normal_rows(400000, 3);
  const VectorKmeans::Clusters clusters = VectorKmeans(rows, 2, {}).solve(16, as_it_is);
  EXPECT_LE(error_of(rows, 2, clusters), plain_kmeans_error(rows, 2, 16, 0) * 1.0005);
}

TEST(VectorKmeans, AssignsRowsAfterCentroidsAreRounded) {
  const std::vector<float> rows = {0, 0, 1, 1, 5, 5, 6, 6};
  const VectorKmeans::Clusters clusters =
      VectorKmeans(rows, 2, {}).solve(2, [](float value) { return std::round(value / 4) * 4; });
  EXPECT_THAT(clusters.centroids, ElementsAre(0, 0, 4, 4));
  EXPECT_THAT(clusters.codes, ElementsAre(0, 0, 1, 1));
}

TEST(VectorKmeans, RowsOfNoImportanceBearOnNothing) {
  const std::vector<float> rows = {0, 0, 100, 100, 2, 2, 4, 4};
  const VectorKmeans::Clusters clusters = VectorKmeans(rows, 2, {1, 0, 1, 1}).solve(1, as_it_is);
  EXPECT_THAT(clusters.centroids, ElementsAre(2, 2));
}

// Counting is a shortcut alone.
TEST(HalfCounts, GivePointsAndCodesAsSortingDoes) {
  std::vector<float> values = normal_rows(20000, 1);
  values[5] = 0;
  values[6] = -0.0F;
  values[7] = 65504;
  values[8] = -0x1p-24F;
  const auto counts = HalfCounts::of(values);
  ASSERT_TRUE(counts);
  const DistinctPoints counted = counts->points();
  const DistinctPoints sorted = distinct_points(values, {});
  EXPECT_EQ(counted.values, sorted.values);
  EXPECT_EQ(counted.counts_before, sorted.counts_before);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    ASSERT_EQ(std::signbit(counted.values[i]), std::signbit(sorted.values[i]));
  }
  const std::vector<float> borders = {-0.01F, 0, 0x1p-24F, 0.013F};
  std::vector<std::uint8_t> codes(values.size());
  std::vector<std::uint8_t> expected(values.size());
  assign_half_codes(values, borders, codes);
  assign_codes(values, borders, expected);
  EXPECT_EQ(codes, expected);
}

TEST(HalfCounts, AreNotOfOtherNumbers) {
  std::vector<float> values = normal_rows(20000, 1);
  for (const float other : {0.1F, 65536.0F, 1e30F, 0x1p-25F, -65520.0F}) {
    values[19999] = other;
    EXPECT_FALSE(HalfCounts::of(values)) << other;
  }
}

}  // namespace
}  // namespace goldilocks::kmeans
