#include "core/evaluation/selection.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/evaluation/not_a_number.hpp"

namespace goldilocks::evaluation {
namespace {

using Figures = std::map<std::string, Estimate, std::less<>>;

const Figures food = {{"size", {3'723'258, true}}, {"mean_accuracy", {0.607}}};

// A variant of "food" (3.72 MB, mean accuracy 0.607).
SelectionCandidate variant(const std::string& name, std::uint64_t size, double accuracy) {
  const Figures figures = {
      {"size", {static_cast<double>(size), true}}, {"mean_accuracy", {accuracy}}, {"mean_drop", {0.607 - accuracy}}};
  return {.name = name, .figures = figures, .baseline_name = "food", .baseline_figures = food};
}

SelectionCandidate baseline() { return {"food", food, true}; }

SelectionRule at_most(double drop) { return {.limits = {{.metric = "mean_drop", .at_most = drop}}}; }

std::vector<std::string> names(const SelectionOutcome& outcome) {
  std::vector<std::string> all;
  for (const auto& candidate : outcome.ranking) all.push_back(candidate.name);
  return all;
}

std::string reason_of(const SelectionOutcome& outcome, const std::string& name) {
  for (const auto& candidate : outcome.ranking) {
    if (candidate.name == name) return candidate.reason;
  }
  return "not ranked";
}

TEST(Selection, TheSmallestWithinTheLimitIsChosenAndEverythingSaysWhy) {
  const auto outcome =
      select({baseline(), variant("food_linear_8", 1'400'000, 0.606), variant("food_kmeans_lut_5", 1'130'000, 0.604),
              variant("food_linear_4", 980'000, 0.41), variant("food_linear_5", 1'134'000, 0.600)},
             at_most(0.01));
  EXPECT_EQ(outcome.chosen, "food_kmeans_lut_5");
  EXPECT_EQ(outcome.rule,
            "the smallest variant whose mean accuracy is at most 0.01 below that of its full-precision model; of equal "
            "sizes the more accurate one, then the first by name");
  EXPECT_EQ(outcome.reason,
            "food_kmeans_lut_5 is the smallest of 3 variants within the limit (of 4 in all): 1.13 MB, 70 % less than "
            "food, mean accuracy 0.604 against 0.607 (drop 0.003, limit 0.01); next: food_linear_5 (1.13 MB, mean "
            "accuracy 0.600)");
  EXPECT_THAT(names(outcome),
              ::testing::ElementsAre("food_kmeans_lut_5", "food_linear_5", "food_linear_8", "food_linear_4", "food"));
  EXPECT_EQ(outcome.ranking[0].reason, "chosen");
  EXPECT_EQ(outcome.ranking[1].reason, "within the limit, but 4000 bytes more than food_kmeans_lut_5");
  EXPECT_EQ(outcome.ranking[2].reason, "within the limit, but 24 % more than food_kmeans_lut_5");
  EXPECT_EQ(outcome.ranking[3].reason, "its mean accuracy drops by 0.197, over the limit of 0.01");
  EXPECT_EQ(outcome.ranking[4].reason, "loaded: what its variants are measured against");
  EXPECT_TRUE(outcome.ranking[2].passed);
  EXPECT_FALSE(outcome.ranking[3].passed);
}

TEST(Selection, ADropOfExactlyTheLimitPasses) {
  // 0.607 - 0.597 is a little more than 0.01 in binary.
  ASSERT_GT(0.607 - 0.597, 0.01);
  EXPECT_EQ(select({variant("a", 100, 0.597)}, at_most(0.01)).chosen, "a");
  EXPECT_EQ(select({variant("a", 100, 0.597 - 1e-9)}, at_most(0.01)).chosen, "");
}

TEST(Selection, ADropJustOverTheLimitIsWrittenSoThatOneSeesIt) {
  const auto outcome = select({variant("a", 100, 0.5966)}, at_most(0.01));
  EXPECT_EQ(outcome.chosen, "");
  EXPECT_EQ(outcome.ranking[0].reason, "its mean accuracy drops by 0.0104, over the limit of 0.01");
}

TEST(Selection, OfEqualSizesTheMoreAccurateIsChosenThenTheFirstByName) {
  const auto outcome =
      select({variant("c", 100, 0.605), variant("b", 100, 0.606), variant("a", 100, 0.606)}, at_most(0.01));
  EXPECT_EQ(outcome.chosen, "a");
  EXPECT_EQ(reason_of(outcome, "b"), "as large and as accurate as a, which is the first by name");
  EXPECT_EQ(reason_of(outcome, "c"), "as large as a, but less accurate (0.605 against 0.606)");
}

TEST(Selection, ALessAccurateOneOfEqualSizeShowsEnoughDecimals) {
  const auto outcome = select({variant("a", 100, 0.60604), variant("b", 100, 0.60601)}, at_most(0.01));
  EXPECT_EQ(reason_of(outcome, "b"), "as large as a, but less accurate (0.60601 against 0.60604)");
}

TEST(Selection, WhenNothingPassesTheNearestMissIsNamed) {
  const auto outcome = select(
      {baseline(), variant("far", 500'000, 0.3), variant("near", 900'000, 0.595), variant("double_nan", 1, double_nan)},
      at_most(0.01));
  EXPECT_EQ(outcome.chosen, "");
  EXPECT_EQ(outcome.reason,
            "none of 3 variants is within the limit of 0.01; the nearest is near: 900 kB, mean accuracy 0.595 against "
            "0.607 (drop 0.012, limit 0.01)");
  EXPECT_THAT(names(outcome), ::testing::ElementsAre("near", "far", "double_nan", "food"));
  EXPECT_EQ(reason_of(outcome, "double_nan"), "its mean accuracy is not a number");
}

TEST(Selection, ABaselineIsNeverChosen) {
  const auto outcome = select({baseline()}, at_most(0.01));
  EXPECT_EQ(outcome.chosen, "");
  EXPECT_EQ(outcome.reason, "there is no variant to choose from");
  EXPECT_EQ(outcome.ranking.size(), 1U);
}

TEST(Selection, NoCandidatesAreAnOutcome) {
  const auto outcome = select({}, at_most(0.01));
  EXPECT_EQ(outcome.chosen, "");
  EXPECT_EQ(outcome.reason, "there is no variant to choose from");
  EXPECT_TRUE(outcome.ranking.empty());
}

TEST(Selection, SentencesFitOneVariantAndAllVariants) {
  EXPECT_EQ(select({variant("a", 600, 0.607)}, at_most(0.01)).reason,
            "a is the only variant, and within the limit: 600 bytes, 100 % less than food, mean accuracy 0.607 against "
            "0.607 (drop 0, limit 0.01)");
  EXPECT_EQ(select({variant("a", 4'000'000, 0.61), variant("b", 5'000'000, 0.61)}, at_most(0)).reason,
            "a is the smallest of 2 variants, which are all within the limit: 4.00 MB, 7 % more than food, mean "
            "accuracy 0.610 against 0.607 (0.003 above it, limit 0); next: b (5.00 MB, mean accuracy 0.610)");
  EXPECT_EQ(select({variant("a", 3'723'258, 0.607), variant("b", 5, 0.1)}, at_most(0.01)).reason,
            "a is the only one of 2 variants within the limit: 3.72 MB, as large as food, mean accuracy 0.607 against "
            "0.607 (drop 0, limit 0.01)");
  EXPECT_EQ(select({variant("a", 2000, 0.1)}, at_most(0.01)).reason,
            "a, the only variant, is not within the limit: 2 kB, mean accuracy 0.100 against 0.607 (drop 0.507, limit "
            "0.01)");
  EXPECT_EQ(select({variant("a", 2000, double_nan)}, at_most(0.01)).reason,
            "the mean accuracy of a, the only variant, is not a number");
  EXPECT_EQ(select({variant("a", 2000, double_nan), variant("b", 2000, double_nan)}, at_most(0.01)).reason,
            "the mean accuracy of none of 2 variants is a number");
}

TEST(Selection, WithoutABaselineTheSentenceLeavesItOut) {
  EXPECT_EQ(
      select({{"a", {{"size", {2e6, true}}, {"mean_accuracy", {0.9}}, {"mean_drop", {0}}}}}, at_most(0.01)).reason,
      "a is the only variant, and within the limit: 2.00 MB, mean accuracy 0.900 (drop 0, limit 0.01)");
}

TEST(Selection, ALimitThatIsNoNumberIsRefused) {
  EXPECT_THAT([&] { select({}, at_most(double_nan)); },
              ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("is not a number")));
  EXPECT_THAT([&] { select({}, at_most(std::numeric_limits<double>::infinity())); },
              ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("is not a number")));
}

TEST(Selection, IsTheBestByBruteForceInWhateverOrder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<SelectionCandidate> candidates;
    for (unsigned i = 0; i < 1 + random() % 12; ++i) {
      const double accuracy = random() % 8 == 0 ? double_nan : 0.607 - static_cast<double>(random() % 5) * 0.005;
      candidates.push_back(variant(std::to_string(i), 100 + random() % 4, accuracy));
    }
    const auto outcome = select(candidates, at_most(0.01));
    for (const auto& candidate : candidates) {
      const bool passes = candidate.figure("mean_drop") <= 0.01 + 1e-9;
      if (!passes) continue;
      const auto chosen = std::find_if(candidates.begin(), candidates.end(),
                                       [&](const SelectionCandidate& other) { return other.name == outcome.chosen; });
      ASSERT_NE(chosen, candidates.end());
      EXPECT_LE(chosen->figure("size"), candidate.figure("size"));
      if (chosen->figure("size") == candidate.figure("size")) {
        EXPECT_GE(chosen->figure("mean_accuracy"), candidate.figure("mean_accuracy"));
      }
      EXPECT_LE(chosen->figure("mean_drop"), 0.01 + 1e-9);
    }
    std::shuffle(candidates.begin(), candidates.end(), random);
    const auto again = select(candidates, at_most(0.01));
    EXPECT_EQ(again.reason, outcome.reason);
    EXPECT_EQ(names(again), names(outcome));
  }
}

}  // namespace
}  // namespace goldilocks::evaluation
