#include "core/evaluation/bootstrap.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

using Counts = std::span<const std::uint32_t>;

Statistic mean_of(std::vector<double> values) {
  return [values](Counts counts) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += counts[i] * values[i];
    return sum / static_cast<double>(values.size());
  };
}

TEST(Resampler, DrawsAsManyAsThereAre) {
  const Resampler resampler(57, 4);
  std::vector<std::uint32_t> counts(57);
  for (std::size_t r = 0; r < 50; ++r) {
    resampler.draw(r, counts);
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0U), 57U);
  }
}

TEST(Resampler, KeepsTheSizeOfEachStratum) {
  const std::vector<std::uint32_t> strata = {2, 0, 0, 7, 2, 0, 2, 2};
  const Resampler resampler(strata, 4);
  std::vector<std::uint32_t> counts(strata.size());
  for (std::size_t r = 0; r < 50; ++r) {
    resampler.draw(r, counts);
    EXPECT_EQ(counts[1] + counts[2] + counts[5], 3U);
    EXPECT_EQ(counts[3], 1U);
    EXPECT_EQ(counts[0] + counts[4] + counts[6] + counts[7], 4U);
  }
}

TEST(Resampler, DrawsEverySampleAlike) {
  constexpr std::size_t samples = 10;
  constexpr std::size_t rounds = 20000;
  const Resampler resampler(samples, 5);
  std::vector<std::uint32_t> counts(samples);
  std::vector<double> sums(samples);
  for (std::size_t r = 0; r < rounds; ++r) {
    resampler.draw(r, counts);
    for (std::size_t i = 0; i < samples; ++i) sums[i] += counts[i];
  }
  // A count's variance is 0.9, so the mean of 20,000 has a standard deviation of 0.0067.
  for (const double sum : sums) EXPECT_NEAR(sum / rounds, 1, 0.03);
}

TEST(Resampler, DiffersBySeedAndByResample) {
  const auto drawn = [](std::uint64_t seed, std::size_t resample) {
    std::vector<std::uint32_t> counts(30);
    Resampler(30, seed).draw(resample, counts);
    return counts;
  };
  EXPECT_EQ(drawn(1, 0), drawn(1, 0));
  EXPECT_NE(drawn(1, 0), drawn(1, 1));
  EXPECT_NE(drawn(1, 0), drawn(2, 0));
  EXPECT_NE(drawn(1, 0), drawn(1 + (std::uint64_t{1} << 32U), 0));
}

TEST(BootstrapIntervals, AreTheSameOnAnyNumberOfThreads) {
  std::vector<double> values(200);
  std::mt19937_64 random(6);
  for (double& value : values) value = std::normal_distribution<double>()(random);
  const std::vector<Statistic> statistics = {mean_of(values)};
  ThreadPool one(1);
  ThreadPool three(3);
  const auto a = bootstrap_intervals(Resampler(200, 1), statistics, 500, 0.95, one);
  const auto b = bootstrap_intervals(Resampler(200, 1), statistics, 500, 0.95, three);
  EXPECT_EQ(a[0].lower, b[0].lower);
  EXPECT_EQ(a[0].upper, b[0].upper);
  EXPECT_EQ(a[0].method, "bootstrap");
}

TEST(BootstrapIntervals, OfAMeanAreThoseOfTheNormalDistribution) {
  std::vector<double> values(400);
  std::mt19937_64 random(7);
  for (double& value : values) value = std::uniform_real_distribution<double>()(random);
  double mean = 0;
  double square = 0;
  for (const double value : values) mean += value / 400;
  for (const double value : values) square += (value - mean) * (value - mean) / 400;
  ThreadPool pool(2);
  const std::vector<Statistic> statistics = {mean_of(values)};
  const auto interval = bootstrap_intervals(Resampler(400, 1), statistics, 4000, 0.95, pool)[0];
  const double reach = 1.96 * std::sqrt(square / 400);
  EXPECT_NEAR(interval.lower, mean - reach, 0.08 * reach);
  EXPECT_NEAR(interval.upper, mean + reach, 0.08 * reach);
}

TEST(BootstrapIntervals, OfWhatIsNoNumberAreNone) {
  ThreadPool pool(1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<Statistic> statistics = {[nan](Counts) { return nan; }, [infinity](Counts) { return infinity; }};
  const auto intervals = bootstrap_intervals(Resampler(5, 1), statistics, 100, 0.95, pool);
  EXPECT_TRUE(std::isnan(intervals[0].lower));
  EXPECT_TRUE(std::isnan(intervals[0].upper));
  EXPECT_EQ(intervals[1].lower, infinity);
  EXPECT_EQ(intervals[1].upper, infinity);
}

}  // namespace
}  // namespace goldilocks::evaluation
