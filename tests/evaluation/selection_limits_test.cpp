// Several limits, intervals, other objectives, and the Pareto front.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/evaluation/selection.hpp"
#include "tests/evaluation/not_a_number.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Made {
  double size = 0, zip = 0, accuracy = 0, agreement = 1;
};

SelectionCandidate made(const std::string& name, const Made& of) {
  SelectionCandidate candidate;
  candidate.name = name;
  candidate.figures = {{"size", {of.size, true}},
                       {"zip_size", {of.zip, true}},
                       {"mean_accuracy", {of.accuracy}},
                       {"mean_drop", {0.6 - of.accuracy}},
                       {"agreement", {of.agreement}}};
  candidate.baseline_name = "full";
  candidate.baseline_figures = {{"size", {4e6, true}}, {"zip_size", {3e6, true}}, {"mean_accuracy", {0.6}}};
  return candidate;
}

SelectionCandidate with_interval(SelectionCandidate candidate, const std::string& metric, double lower, double upper) {
  candidate.figures[metric].interval = {lower, upper};
  return candidate;
}

const RankedCandidate& ranked(const SelectionOutcome& outcome, const std::string& name) {
  return *std::find_if(outcome.ranking.begin(), outcome.ranking.end(),
                       [&](const RankedCandidate& candidate) { return candidate.name == name; });
}

TEST(SelectionLimits, EveryLimitHasToBeKeptAndEachThatIsMissedIsNamed) {
  const SelectionRule rule{
      .limits = {{.metric = "mean_drop", .at_most = 0.01}, {.metric = "agreement", .at_least = 0.98}}};
  const auto outcome = select({made("a", {1e6, 9e5, 0.595, 0.97}), made("b", {1.2e6, 9e5, 0.595, 0.99}),
                               made("c", {9e5, 9e5, 0.5, 0.8}), made("d", {1.5e6, 1e6, 0.6, 0.98})},
                              rule);
  EXPECT_EQ(outcome.chosen, "b");
  EXPECT_EQ(outcome.rule,
            "the smallest variant whose mean accuracy is at most 0.01 below that of its full-precision model and whose "
            "agreement is at least 0.98; of equal sizes the more accurate one, then the first by name");
  EXPECT_EQ(outcome.reason,
            "b is the smallest of 2 variants within the limits (of 4 in all): 1.20 MB, 70 % less than full, mean "
            "accuracy 0.595 against 0.600 (drop 0.005, limit 0.01; agreement 0.990, at least 0.98); next: d (1.50 MB, "
            "mean accuracy 0.600)");
  EXPECT_EQ(ranked(outcome, "a").reason, "its agreement is 0.970, below the limit of 0.98");
  EXPECT_EQ(
      ranked(outcome, "c").reason,
      "its mean accuracy drops by 0.100, over the limit of 0.01; its agreement is 0.800, below the limit of 0.98");
  EXPECT_EQ(outcome.runner_up, "d");
  EXPECT_EQ(outcome.runner_up_cost,
            "d would cost 25 % more than b (1.50 MB against 1.20 MB), at a mean accuracy of 0.600 against 0.595");
  ASSERT_EQ(ranked(outcome, "a").outcomes.size(), 2U);
  EXPECT_TRUE(ranked(outcome, "a").outcomes[0].passed);
  EXPECT_FALSE(ranked(outcome, "a").outcomes[1].passed);
  EXPECT_DOUBLE_EQ(ranked(outcome, "a").outcomes[1].bound, 0.97);
}

TEST(SelectionLimits, AnObjectiveOfZipSizeRanksByIt) {
  const SelectionRule rule{.objective = "zip_size"};
  const auto outcome = select({made("a", {1e6, 9e5, 0.6}), made("b", {2e6, 8e5, 0.6})}, rule);
  EXPECT_EQ(outcome.chosen, "b");
  EXPECT_EQ(
      outcome.reason,
      "b is the best by zip size of 2 variants, which are all within the limit: 800 kB as a zip archive, 73 % less "
      "than full, mean accuracy 0.600 against 0.600 (drop 0, limit 0.01); next: a (900 kB as a zip archive, mean "
      "accuracy 0.600)");
  EXPECT_EQ(ranked(outcome, "a").reason, "within the limit, but zip size 12 % more than b");
}

TEST(SelectionLimits, ALimitOnSizeIsWrittenSoThatOneSeesTheDifference) {
  const SelectionRule rule{.limits = {{.metric = "size", .at_most = 1e6}}};
  const auto outcome = select({made("a", {1'000'004, 0, 0.6})}, rule);
  EXPECT_EQ(outcome.chosen, "");
  EXPECT_EQ(outcome.nearest, "a");
  EXPECT_EQ(outcome.ranking[0].reason, "its size is 1000004 bytes, over the limit of 1000000 bytes");
}

TEST(SelectionLimits, WithAConfidenceTheEndOfTheIntervalHasToKeepTheLimit) {
  SelectionRule rule{.limits = {{.metric = "mean_drop", .at_most = 0.02}, {.metric = "size", .at_most = 3e6}},
                     .confidence = 0.95};
  const auto narrow = with_interval(made("narrow", {2e6, 0, 0.595}), "mean_drop", -0.01, 0.019);
  const auto wide = with_interval(made("wide", {1e6, 0, 0.595}), "mean_drop", -0.02, 0.03);
  const auto unknown = made("unknown", {1e6, 0, 0.6});
  const auto outcome = select({narrow, wide, unknown}, rule);
  EXPECT_EQ(outcome.chosen, "narrow");
  EXPECT_THAT(outcome.rule, HasSubstr("each by the end of its interval at 95 % confidence"));
  EXPECT_THAT(outcome.reason,
              HasSubstr("(drop 0.005, with 95 % confidence at most 0.019, limit 0.02; size 2.00 MB, limit 3.00 MB)"));
  EXPECT_EQ(ranked(outcome, "wide").reason,
            "its mean accuracy may drop by 0.030, over the limit of 0.02 at 95 % confidence (0.005 on these samples)");
  EXPECT_EQ(ranked(outcome, "unknown").reason, "its mean drop has no interval");
  EXPECT_DOUBLE_EQ(ranked(outcome, "wide").outcomes[0].bound, 0.03);
  rule.confidence = 0;
  EXPECT_EQ(select({narrow, wide, unknown}, rule).chosen, "unknown");
}

TEST(SelectionLimits, OfAFigureThatHasALowerLimitTheLowerEndCounts) {
  const SelectionRule rule{.limits = {{.metric = "agreement", .at_least = 0.9}}, .confidence = 0.99};
  const auto outcome = select({with_interval(made("a", {1e6, 0, 0.6, 0.95}), "agreement", 0.89, 0.99)}, rule);
  EXPECT_EQ(outcome.chosen, "");
  EXPECT_EQ(outcome.ranking[0].reason,
            "its agreement may be 0.890, below the limit of 0.9 at 99 % confidence (0.950 on these samples)");
}

TEST(SelectionLimits, TheNearestMissIsTheOneWhoseLargestMissIsLeastInPartsOfTheLargest) {
  const SelectionRule rule{.limits = {{.metric = "mean_drop", .at_most = 0.0}, {.metric = "size", .at_most = 1e6}}};
  // Of a drop of 0.1 and 1 MB too much, "balanced" misses 0.2 and 0.3; "large" 0 and 1; "bad" 1 and 0.
  const auto outcome = select({made("large", {2e6, 0, 0.6}), made("bad", {1e6, 0, 0.5}),
                               made("balanced", {1.3e6, 0, 0.58}), made("lost", {1e6, 0, double_nan})},
                              rule);
  EXPECT_EQ(outcome.nearest, "balanced");
  EXPECT_EQ(outcome.ranking.back().name, "lost");
  EXPECT_EQ(outcome.reason,
            "none of 4 variants is within the limits; the nearest is balanced: 1.30 MB, mean "
            "accuracy 0.580 against 0.600 (drop 0.020, limit 0; size 1.30 MB, limit 1.00 MB)");
}

TEST(SelectionLimits, WhatHasNoMeanAccuracyIsChosenByItsOwnFigures) {
  SelectionCandidate candidate{"net", {{"size", {1e6, true}}, {"snr", {31.5}}}};
  const SelectionRule rule{.limits = {{.metric = "snr", .at_least = 30.0}}};
  EXPECT_EQ(select({candidate}, rule).reason,
            "net is the only variant, and within the limit: 1.00 MB (snr 31.500, at least 30)");
}

TEST(SelectionLimits, ALimitHasOneBound) {
  EXPECT_THAT([&] { select({}, {.limits = {{.metric = "kl"}}}); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("the limit of kl has one of at_most and at_least")));
  EXPECT_THAT([&] { select({}, {.limits = {{.metric = "kl", .at_most = 1.0, .at_least = 0.0}}}); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("the limit of kl has one of at_most and at_least")));
}

TEST(ParetoFront, HasWhatNoOtherBeats) {
  const std::pair<Axis, Axis> axes{{"size", false}, {"mean_accuracy", true}};
  EXPECT_THAT(
      pareto_front({made("d", {4, 0, 0.9}), made("a", {1, 0, 0.2}), made("b", {2, 0, 0.8}), made("worse", {3, 0, 0.7}),
                    made("as_good", {3, 0, 0.8}), made("twin", {2, 0, 0.8}), made("lost", {0, 0, double_nan})},
                   axes),
      ElementsAre("a", "b", "twin", "d"));
  EXPECT_TRUE(pareto_front({}, axes).empty());
}

// What the header says, candidate by candidate.
bool keeps(const SelectionCandidate& candidate, const SelectionRule& rule) {
  for (const Limit& limit : rule.limits) {
    const Estimate& figure = candidate.figures.at(limit.metric);
    double bound = figure.value;
    if (rule.confidence != 0 && !figure.exact) {
      if (!figure.interval) return false;
      bound = limit.at_most ? figure.interval->second : figure.interval->first;
    }
    if (limit.at_most && !(bound <= *limit.at_most + 5e-13)) return false;
    if (limit.at_least && !(bound >= *limit.at_least - 5e-13)) return false;
  }
  return true;
}

bool beats(const SelectionCandidate& a, const SelectionCandidate& b) {
  const double size = a.figure("size") - b.figure("size");
  const double accuracy = b.figure("mean_accuracy") - a.figure("mean_accuracy");
  return size <= 0 && accuracy <= 1e-12 && (size < 0 || accuracy < -1e-12);
}

TEST(SelectionLimits, AreAsBruteForceFindsThem) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto steps = [&](unsigned count) { return static_cast<double>(random() % count); };
  for (int round = 0; round < 500; ++round) {
    SelectionRule rule{.objective = random() % 2 == 0 ? "size" : "zip_size",
                       .limits = {{.metric = "mean_drop", .at_most = steps(5) / 100}},
                       .confidence = random() % 2 == 0 ? 0 : 0.95};
    if (random() % 2 == 0) rule.limits.push_back({.metric = "agreement", .at_least = 1 - steps(5) / 100});
    if (random() % 3 == 0) rule.limits.push_back({.metric = "size", .at_most = 100 + steps(6)});
    std::vector<SelectionCandidate> candidates;
    for (unsigned i = 0; i < 1 + random() % 12; ++i) {
      const double accuracy = random() % 10 == 0 ? double_nan : 0.6 - steps(6) / 100;
      auto candidate = made(std::to_string(i), {100 + steps(6), 50 + steps(4), accuracy, 1 - steps(6) / 100});
      for (const char* metric : {"mean_drop", "agreement"}) {
        const double value = candidate.figure(metric);
        if (random() % 8 != 0)
          candidate = with_interval(candidate, metric, value - steps(3) / 100, value + steps(3) / 100);
      }
      candidates.push_back(candidate);
    }
    const auto outcome = select(candidates, rule);

    const SelectionCandidate* best = nullptr;
    for (const auto& candidate : candidates) {
      EXPECT_EQ(ranked(outcome, candidate.name).passed, keeps(candidate, rule)) << candidate.name;
      if (!keeps(candidate, rule)) continue;
      if (best == nullptr || candidate.figure(rule.objective) < best->figure(rule.objective)) best = &candidate;
    }
    ASSERT_EQ(outcome.chosen.empty(), best == nullptr);
    EXPECT_EQ(outcome.nearest.empty(), best != nullptr);
    if (best != nullptr) {
      const auto chosen = std::find_if(candidates.begin(), candidates.end(),
                                       [&](const auto& candidate) { return candidate.name == outcome.chosen; });
      EXPECT_TRUE(keeps(*chosen, rule));
      EXPECT_EQ(chosen->figure(rule.objective), best->figure(rule.objective));
    }

    std::vector<std::string> front;
    for (const auto& candidate : candidates) {
      const bool beaten =
          std::any_of(candidates.begin(), candidates.end(), [&](const auto& other) { return beats(other, candidate); });
      if (!std::isnan(candidate.figure("mean_accuracy")) && !beaten) front.push_back(candidate.name);
    }
    EXPECT_THAT(outcome.front, ::testing::UnorderedElementsAreArray(front));

    std::shuffle(candidates.begin(), candidates.end(), random);
    const auto again = select(candidates, rule);
    EXPECT_EQ(again.reason, outcome.reason);
    EXPECT_EQ(again.front, outcome.front);
    EXPECT_EQ(again.nearest, outcome.nearest);
  }
}

}  // namespace
}  // namespace goldilocks::evaluation
