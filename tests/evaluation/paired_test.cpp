#include "core/evaluation/paired.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

// By Pascal's triangle: the chance of every split of `n` as uneven as this one.
double mcnemar_by_counting(std::size_t b, std::size_t c) {
  const std::size_t n = b + c;
  std::vector<long double> row = {1};
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<long double> next(row.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) {
      next[j] += row[j] / 2;
      next[j + 1] += row[j] / 2;
    }
    row = next;
  }
  const std::size_t distance = b > c ? b - c : c - b;
  long double sum = 0;
  for (std::size_t k = 0; k <= n; ++k) {
    if ((2 * k > n ? 2 * k - n : n - 2 * k) >= distance) sum += row[k];
  }
  return static_cast<double>(sum);
}

TEST(McNemar, ByHand) {
  EXPECT_EQ(mcnemar_p_value(0, 0), 1);
  EXPECT_EQ(mcnemar_p_value(1, 0), 1);
  EXPECT_DOUBLE_EQ(mcnemar_p_value(5, 0), 2.0 / 32);
  EXPECT_DOUBLE_EQ(mcnemar_p_value(0, 6), 2.0 / 64);
  EXPECT_EQ(mcnemar_p_value(3, 3), 1);
}

TEST(McNemar, IsTheSumOverAllSplitsThatAreAsUneven) {
  for (std::size_t b = 0; b <= 40; ++b) {
    for (std::size_t c = 0; c <= 40; ++c) {
      EXPECT_NEAR(mcnemar_p_value(b, c), mcnemar_by_counting(b, c), 1e-12) << b << ", " << c;
    }
  }
}

TEST(Holm, ByHand) {
  // In order 0.005 * 4, 0.01 * 3, 0.03 * 2, 0.04 * 1, each at least the one before.
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  EXPECT_THAT(holm(p), ElementsAre(DoubleNear(0.03, 1e-15), DoubleNear(0.06, 1e-15), DoubleNear(0.06, 1e-15),
                                   DoubleNear(0.02, 1e-15)));
  EXPECT_TRUE(holm({}).empty());
}

TEST(Holm, LeavesOutWhatIsNoNumber) {
  const std::vector<double> p = {0.02, std::numeric_limits<double>::quiet_NaN(), 0.9};
  const auto adjusted = holm(p);
  EXPECT_DOUBLE_EQ(adjusted[0], 0.04);
  EXPECT_TRUE(std::isnan(adjusted[1]));
  EXPECT_DOUBLE_EQ(adjusted[2], 0.9);
}

// Holm's procedure as it is defined: the smallest p is held against alpha / m, the next against alpha / (m - 1), and so
// on until one is not rejected.
TEST(Holm, RejectsWhatTheProcedureRejects) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> uniform;
  for (int round = 0; round < 300; ++round) {
    std::vector<double> p(1 + random() % 12);
    for (double& value : p) value = std::pow(uniform(random), 3);
    const double alpha = uniform(random) * 0.3;
    std::vector<std::size_t> order(p.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return p[a] < p[b]; });
    std::vector<bool> rejected(p.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (p[order[i]] > alpha / static_cast<double>(order.size() - i)) break;
      rejected[order[i]] = true;
    }
    const auto adjusted = holm(p);
    for (std::size_t i = 0; i < p.size(); ++i) EXPECT_EQ(adjusted[i] <= alpha, rejected[i]) << "round " << round;
  }
}

PairedDrop of_one_class(std::size_t both, std::size_t worse, std::size_t better, std::size_t neither) {
  const PairedCounts counts{both, worse, better, neither};
  return paired_drop({&counts, 1});
}

// Tango's statistic, with the likeliest shares under the difference found by search instead of by his formula.
double score_by_search(double worse, double better, double n, double difference) {
  const auto likelihood = [&](double share) {  // of the variant alone right
    const double other = share + difference;
    const double rest = 1 - share - other;
    const auto term = [](double count, double p) { return count == 0 ? 0 : count * std::log(p); };
    return term(better, share) + term(worse, other) + term(n - worse - better, rest);
  };
  double low = std::max(0.0, -difference);
  double high = (1 - difference) / 2;
  for (int step = 0; step < 200; ++step) {
    const double a = low + (high - low) / 3;
    const double b = high - (high - low) / 3;
    (likelihood(a) < likelihood(b) ? low : high) = likelihood(a) < likelihood(b) ? a : b;
  }
  const double share = (low + high) / 2;
  const double variance = 2 * share + difference - difference * difference;
  return (worse - better - n * difference) / std::sqrt(n * variance);
}

TEST(DropInterval, EndsWhereTheScoreTestJustAccepts) {
  std::mt19937_64 random(3);
  const double z = normal_reach(0.95);
  for (int round = 0; round < 100; ++round) {
    const std::size_t worse = 1 + random() % 30;
    const std::size_t better = 1 + random() % 30;
    const std::size_t both = 20 + random() % 300;
    const PairedDrop drop = of_one_class(both, worse, better, 5);
    const auto n = static_cast<double>(both + worse + better + 5);
    ASSERT_NEAR(drop.effective_samples, n, 1e-9);
    const Interval interval = drop_interval(drop, 0.95);
    const auto w = static_cast<double>(worse);
    const auto b = static_cast<double>(better);
    EXPECT_NEAR(score_by_search(w, b, n, interval.lower), z, 1e-3) << worse << ", " << better << " of " << n;
    EXPECT_NEAR(score_by_search(w, b, n, interval.upper), -z, 1e-3) << worse << ", " << better << " of " << n;
    EXPECT_LT(interval.lower, drop.drop);
    EXPECT_GT(interval.upper, drop.drop);
  }
}

TEST(DropInterval, HasAWidthWhereNoSampleTellsTheTwoApart) {
  const Interval interval = drop_interval(of_one_class(90, 0, 0, 10), 0.95);
  const double reach = 1.959964 * 1.959964 / (100 + 1.959964 * 1.959964);
  EXPECT_NEAR(interval.lower, -reach, 1e-6);
  EXPECT_NEAR(interval.upper, reach, 1e-6);
  EXPECT_EQ(interval.method, "tango");
}

TEST(DropInterval, OfTheExtremesStaysWithin) {
  const Interval all_lost = drop_interval(of_one_class(0, 5, 0, 0), 0.95);
  EXPECT_NEAR(all_lost.upper, 1, 1e-9);
  EXPECT_GT(all_lost.lower, 0);
  EXPECT_LT(all_lost.lower, 0.7);
  const Interval nothing = drop_interval(paired_drop({}), 0.95);
  EXPECT_EQ(nothing.lower, -1);
  EXPECT_EQ(nothing.upper, 1);
}

TEST(DropInterval, IsMirroredWithTheModelsExchanged) {
  const Interval one = drop_interval(of_one_class(70, 12, 4, 14), 0.9);
  const Interval other = drop_interval(of_one_class(70, 4, 12, 14), 0.9);
  EXPECT_NEAR(one.lower, -other.upper, 1e-9);
  EXPECT_NEAR(one.upper, -other.lower, 1e-9);
}

TEST(PairedDrop, IsTheMeanOverClasses) {
  const std::vector<PairedCounts> classes = {{5, 4, 1, 0}, {0, 0, 0, 0}, {80, 10, 0, 10}};
  const PairedDrop drop = paired_drop(classes);
  EXPECT_DOUBLE_EQ(drop.drop, (0.3 + 0.1) / 2);
  EXPECT_DOUBLE_EQ(drop.discordance, (0.5 + 0.1) / 2);
  // The class of ten samples decides: less than forty count.
  EXPECT_GT(drop.effective_samples, 20);
  EXPECT_LT(drop.effective_samples, 40);
}

}  // namespace
}  // namespace goldilocks::evaluation
