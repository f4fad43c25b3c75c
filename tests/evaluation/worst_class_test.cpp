#include "core/evaluation/worst_class.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

TEST(WorstClassAccuracy, OfOneClassIsClopperAndPearsons) {
  // R: binom.test(7, 10)$conf.int
  const std::vector<std::size_t> right = {7};
  const std::vector<std::size_t> count = {10};
  const WorstClass worst = worst_class_accuracy(right, count, 0.95);
  EXPECT_EQ(worst.value, 0.7);
  EXPECT_NEAR(worst.interval.lower, 0.3475471, 1e-6);
  EXPECT_NEAR(worst.interval.upper, 0.9332605, 1e-6);
  EXPECT_EQ(worst.interval.method, "bonferroni");
}

TEST(WorstClassAccuracy, IsOfTheLeastAndWiderTheMoreClassesThereAre) {
  const std::vector<std::size_t> right = {10, 7, 0, 10};
  const std::vector<std::size_t> count = {10, 10, 0, 10};  // one without samples
  const WorstClass worst = worst_class_accuracy(right, count, 0.95);
  EXPECT_EQ(worst.value, 0.7);
  const WorstClass alone = worst_class_accuracy(std::vector<std::size_t>{7}, std::vector<std::size_t>{10}, 0.95);
  EXPECT_LT(worst.interval.lower, alone.interval.lower);
  EXPECT_GT(worst.interval.upper, alone.interval.upper);
  // That of three is the one of a class alone at a third of the risk.
  EXPECT_DOUBLE_EQ(
      worst.interval.lower,
      worst_class_accuracy(std::vector<std::size_t>{7}, std::vector<std::size_t>{10}, 1 - 0.05 / 3).interval.lower);
}

TEST(WorstClassAccuracy, OfAllOrNothingReachesTheEnd) {
  const std::vector<std::size_t> count = {20, 20};
  const WorstClass all = worst_class_accuracy(std::vector<std::size_t>{20, 20}, count, 0.95);
  EXPECT_EQ(all.value, 1);
  EXPECT_EQ(all.interval.upper, 1);
  EXPECT_NEAR(all.interval.lower, std::pow(0.0125, 1.0 / 20), 1e-9);
  const WorstClass none = worst_class_accuracy(std::vector<std::size_t>{20, 0}, count, 0.95);
  EXPECT_EQ(none.interval.lower, 0);
}

TEST(WorstClassDrop, IsOfTheClassThatLosesMost) {
  const std::vector<PairedCounts> classes = {{90, 1, 2, 7}, {50, 40, 0, 10}, {}, {99, 0, 0, 1}};
  const WorstClass worst = worst_class_drop(classes, 0.95);
  EXPECT_DOUBLE_EQ(worst.value, 0.4);
  const Interval of_it = drop_interval(paired_drop({&classes[1], 1}), 1 - 0.05 / 3);
  EXPECT_DOUBLE_EQ(worst.interval.lower, of_it.lower);
  EXPECT_DOUBLE_EQ(worst.interval.upper, of_it.upper);
  EXPECT_LT(worst.interval.lower, 0.4);
  EXPECT_GT(worst.interval.upper, 0.4);
}

TEST(WorstClassDrop, IsNegativeWhereEveryClassGains) {
  const std::vector<PairedCounts> classes = {{50, 0, 30, 20}, {50, 0, 40, 10}};
  EXPECT_DOUBLE_EQ(worst_class_drop(classes, 0.95).value, -0.3);
  EXPECT_LT(worst_class_drop(classes, 0.95).interval.upper, 0);
}

}  // namespace
}  // namespace goldilocks::evaluation
