#include "core/evaluation/knapsack.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using Items = std::vector<std::vector<KnapsackOption>>;

TEST(LeastCostWithin, ByEye) {
  // Nine of weight: the second item is worth its four more than the first one its three.
  const Items items{{{2, 10}, {5, 4}}, {{3, 20}, {7, 5}}};
  EXPECT_THAT(least_cost_within(items, 9)->choice, ElementsAre(0U, 1U));
  EXPECT_EQ(least_cost_within(items, 9)->cost, 15);
  EXPECT_THAT(least_cost_within(items, 8)->choice, ElementsAre(1U, 0U));
  EXPECT_THAT(least_cost_within(items, 12)->choice, ElementsAre(1U, 1U));
  EXPECT_THAT(least_cost_within(items, 5)->choice, ElementsAre(0U, 0U));
}

TEST(LeastCostWithin, IsNothingWhereTheLightestIsTooHeavy) {
  EXPECT_FALSE(least_cost_within(Items{{{2, 10}, {5, 4}}, {{3, 20}}}, 4.5));
  EXPECT_TRUE(least_cost_within(Items{}, 0)->choice.empty());
}

TEST(LeastCostWithin, AnOptionThatIsHeavierAndCostsMoreIsNotTaken) {
  EXPECT_THAT(least_cost_within(Items{{{1, 3}, {2, 5}, {4, 1}, {5, 2}}}, 10)->choice, ElementsAre(2U));
}

TEST(LeastCostWithin, WhatIsNoNumberIsRefused) {
  EXPECT_THROW(least_cost_within(Items{{}}, 1), std::invalid_argument);
  EXPECT_THROW(least_cost_within(Items{{{1, std::numeric_limits<double>::infinity()}}}, 1), std::invalid_argument);
  EXPECT_FALSE(least_cost_within(Items{{{1, 1}}}, std::nan("")));
}

// Every choice there is.
double brute_force(const Items& items, double limit) {
  double best = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> choice(items.size(), 0);
  while (true) {
    double weight = 0;
    double cost = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      weight += items[i][choice[i]].weight;
      cost += items[i][choice[i]].cost;
    }
    if (weight <= limit) best = std::min(best, cost);
    std::size_t i = 0;
    while (i < items.size() && ++choice[i] == items[i].size()) choice[i++] = 0;
    if (i == items.size()) return best;
  }
}

Items random_items(std::mt19937& random, std::size_t count, bool like_widths) {
  Items items(count);
  for (auto& options : items) {
    const int size = std::uniform_int_distribution(1, like_widths ? 9 : 4)(random);
    const double weights = std::uniform_real_distribution(1.0, 1000.0)(random);
    const double sensitivity = std::exp(std::uniform_real_distribution(-6.0, 2.0)(random));
    for (int bits = 1; bits <= size; ++bits) {
      // Widths save less and less; otherwise anything goes, costs below 0 too.
      options.push_back(like_widths ? KnapsackOption{std::floor(weights * bits), sensitivity * std::pow(0.25, bits)}
                                    : KnapsackOption{std::floor(std::uniform_real_distribution(0.0, 9.0)(random)),
                                                     std::uniform_real_distribution(-2.0, 5.0)(random)});
    }
  }
  return items;
}

TEST(LeastCostWithin, IsTheOptimumOfSmallProblems) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 400; ++round) {
    const Items items = random_items(random, 5, round % 2 == 0);
    double heaviest = 0;
    for (const auto& options : items) {
      for (const KnapsackOption& option : options) heaviest = std::max(heaviest, option.weight);
    }
    const double limit = std::uniform_real_distribution(0.0, 5 * heaviest)(random);
    const double optimum = brute_force(items, limit);
    const auto solution = least_cost_within(items, limit);
    ASSERT_EQ(solution.has_value(), std::isfinite(optimum));
    if (!solution) continue;
    EXPECT_NEAR(solution->cost, optimum, 1e-9);
    EXPECT_LE(solution->weight, limit);
    EXPECT_EQ(solution->bound, solution->cost);
    double cost = 0;
    for (std::size_t i = 0; i < items.size(); ++i) cost += items[i][solution->choice[i]].cost;
    EXPECT_DOUBLE_EQ(cost, solution->cost);
  }
}

TEST(LeastCostWithin, WithTooFewStatesTheBoundStillHolds) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    const Items items = random_items(random, 30, true);
    double limit = 0;
    for (const auto& options : items) limit += options[options.size() / 2].weight;
    const auto exact = least_cost_within(items, limit);
    const auto rough = least_cost_within(items, limit, 3);
    ASSERT_TRUE(exact && rough);
    EXPECT_EQ(exact->bound, exact->cost);
    EXPECT_LE(rough->weight, limit);
    EXPECT_GE(rough->cost, exact->cost * (1 - 1e-12));
    EXPECT_LE(rough->bound, exact->cost * (1 + 1e-12));
  }
}

}  // namespace
}  // namespace goldilocks::evaluation
