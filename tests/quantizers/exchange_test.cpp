#include <algorithm>
#include <cstdint>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/quantizers/kmeans_lut/optimal_partition.hpp"

namespace goldilocks::kmeans {
namespace {

using ::testing::ElementsAre;

TEST(Exchange, ChangesPathsWhereAClusterLiesWithinAnother) {
  // 1..2 lies within 0..10; 2..3 doesn't lie within 10..11.
  EXPECT_THAT(exchange({10, 11}, {1, 2, 3, 11}, 3), ElementsAre(1, 10, 11));
  EXPECT_THAT(exchange({8}, {2, 4, 6, 8}, 2), ElementsAre(2, 8));
  EXPECT_THAT(exchange({8}, {2, 4, 6, 8}, 3), ElementsAre(2, 4, 8));
}

Partition random_partition(std::mt19937& random, std::uint32_t points, std::size_t clusters) {
  std::set<std::uint32_t> ends{points};
  while (ends.size() < clusters) ends.insert(1 + static_cast<std::uint32_t>(random() % (points - 1)));
  return {ends.begin(), ends.end()};
}

// What makes the exchange right: the cluster where the paths change places joins the begin of a cluster of `many` with
// the end of a cluster of `few` that holds it.
TEST(Exchange, AlwaysJoinsNestedClusters) {
  const std::uint32_t seed = 9;
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const std::uint32_t points = 4 + static_cast<std::uint32_t>(random() % 40);
    const std::size_t few_count = 1 + random() % (points - 3);
    const std::size_t many_count = few_count + 2 + random() % (points - few_count - 1);
    const Partition few = random_partition(random, points, few_count);
    const Partition many = random_partition(random, points, many_count);
    for (std::size_t clusters = few_count + 1; clusters < many_count; ++clusters) {
      const Partition mixed = exchange(few, many, clusters);
      ASSERT_EQ(mixed.size(), clusters);
      ASSERT_EQ(mixed.back(), points);
      const std::size_t shift = clusters - few_count;
      bool joined = false;
      for (std::size_t i = shift; i < clusters && !joined; ++i) {
        const bool of_both = std::equal(mixed.begin(), mixed.begin() + static_cast<std::ptrdiff_t>(i), many.begin()) &&
                             std::equal(mixed.begin() + static_cast<std::ptrdiff_t>(i), mixed.end(),
                                        few.begin() + static_cast<std::ptrdiff_t>(i - shift));
        const std::uint32_t few_begin = i == shift ? 0 : few[i - shift - 1];
        joined = of_both && few_begin <= many[i - 1] && many[i] <= few[i - shift];
      }
      ASSERT_TRUE(joined) << "seed " << seed << ", round " << round << ", clusters " << clusters;
    }
  }
}

}  // namespace
}  // namespace goldilocks::kmeans
