#include "core/evaluation/sequences.hpp"

#include <cmath>
#include <random>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/evaluate_answers.hpp"
#include "core/evaluation/metrics/families.hpp"
#include "tests/evaluation/metric_example.hpp"

namespace goldilocks::evaluation {
namespace {

using testing::value_of;

// Two sequences of three positions over a vocabulary of two; the last position of the second counts nowhere.
struct TwoSequences {
  std::vector<float> values = {0.8F, 0.2F, 0.5F, 0.5F, 0.1F, 0.9F, /**/ 0.6F, 0.4F, 0.3F, 0.7F, 0.5F, 0.5F};
  std::vector<float> before = {0.9F, 0.1F, 0.5F, 0.5F, 0.2F, 0.8F, /**/ 0.4F, 0.6F, 0.3F, 0.7F, 0.0F, 1.0F};
  std::vector<std::int32_t> tokens = {0, 1, 1, /**/ 1, 1, -1};
  PositionAnswers positions;

  const Answers& answers() {
    answer_positions({2, 3, 2, values, before, tokens}, positions);
    return positions.answers;
  }
};

TEST(Sequences, FiguresByHand) {
  TwoSequences two;
  const Answers& answers = two.answers();
  const double now = -(std::log(0.8) + std::log(0.5) + std::log(0.9) + std::log(0.4) + std::log(0.7)) / 5;
  const double old = -(std::log(0.9) + std::log(0.5) + std::log(0.8) + std::log(0.6) + std::log(0.7)) / 5;
  EXPECT_NEAR(value_of("perplexity", answers), std::exp(now), 1e-6);
  EXPECT_NEAR(value_of("nll", answers), now, 1e-6);
  EXPECT_NEAR(value_of("perplexity_ratio", answers), std::exp(now - old), 1e-6);
  EXPECT_DOUBLE_EQ(value_of("accuracy", answers), 3.0 / 5) << "of equal scores the first is the answer";
  EXPECT_DOUBLE_EQ(value_of("top1_agreement", answers), 4.0 / 5);
  EXPECT_DOUBLE_EQ(value_of("flips_to_wrong", answers), 1.0 / 5);
  const auto kl = [](double b, double v) { return b * std::log(b / v) + (1 - b) * std::log((1 - b) / (1 - v)); };
  EXPECT_NEAR(value_of("kl", answers), (kl(0.9, 0.8) + kl(0.2, 0.1) + kl(0.4, 0.6)) / 5, 1e-6);
  EXPECT_NEAR(value_of("max_difference", answers), 0.2, 1e-6) << "what doesn't count differs by more";
}

TEST(Sequences, HaveTheirOwnMetrics) {
  TwoSequences two;
  const Answers& answers = two.answers();
  EXPECT_TRUE(has(answers, Needs::positions_before));
  EXPECT_TRUE(has(answers, Needs::labels_before));
  EXPECT_FALSE(has(answers, Needs::classes)) << "tokens are no classes of a dataset";
  ThreadPool pool(1);
  std::vector<std::string> names;
  for (const FigureValue& figure : compute_figures(answers, {}, pool)) {
    names.push_back(figure.metric);
    if (figure.interval && figure.metric != "kl_p50") {
      EXPECT_EQ(figure.interval->method, "bootstrap") << figure.metric;
    }
  }
  EXPECT_THAT(names, ::testing::IsSupersetOf({"perplexity", "perplexity_ratio", "accuracy", "kl", "kl_p50"}));
  EXPECT_THAT(names, ::testing::Not(::testing::Contains("mean_accuracy")));
  EXPECT_FALSE(find_metric("perplexity")->against_baseline());
  EXPECT_TRUE(find_metric("perplexity_ratio")->against_baseline());
  const testing::Example classifier;
  EXPECT_FALSE(has(classifier.answers(), Needs::positions));
}

// All positions of a sequence say the same, so that there are no more independent answers than sequences.
TEST(Sequences, IntervalsAreAsWideAsSequencesAreFew) {
  std::mt19937 random(5);
  const std::size_t sequences = 40;
  const std::size_t long_ones = 50;
  std::vector<float> some;
  std::vector<float> alike;
  std::vector<std::int32_t> one_each(sequences, 0);
  std::vector<std::int32_t> many_each(sequences * long_ones, 0);
  for (std::size_t i = 0; i < sequences; ++i) {
    const float right = 0.1F + 0.8F * static_cast<float>(random() % 1000) / 1000;
    some.insert(some.end(), {right, 1 - right});
    for (std::size_t j = 0; j < long_ones; ++j) alike.insert(alike.end(), {right, 1 - right});
  }
  ThreadPool pool(2);
  const auto interval = [&](const SequenceScores& scores, const std::string& metric) {
    PositionAnswers positions;
    answer_positions(scores, positions);
    return compute_figures(positions.answers, {.metrics = {metric}}, pool).front().interval.value();
  };
  for (const char* metric : {"perplexity", "accuracy"}) {
    const Interval few = interval({sequences, 1, 2, some, {}, one_each}, metric);
    const Interval many = interval({sequences, long_ones, 2, alike, {}, many_each}, metric);
    EXPECT_NEAR(few.lower, many.lower, 1e-9) << metric;
    EXPECT_NEAR(few.upper, many.upper, 1e-9) << metric;
    EXPECT_GT(few.upper - few.lower, 0.05) << metric;
  }
}

// A resample's percentile is that of its positions, each as often as its sequence was drawn.
TEST(Sequences, PercentilesOfResamplesCountPositionsAsOften) {
  std::mt19937 random(6);
  const std::size_t sequences = 6;
  const std::size_t each = 4;
  std::vector<float> before;
  std::vector<float> after;
  for (std::size_t i = 0; i < sequences * each; ++i) {
    const float b = 0.05F + 0.9F * static_cast<float>(random() % 1000) / 1000;
    const float a = 0.05F + 0.9F * static_cast<float>(random() % 1000) / 1000;
    before.insert(before.end(), {b, 1 - b});
    after.insert(after.end(), {a, 1 - a});
  }
  const std::vector<std::int32_t> tokens(sequences * each, 0);
  PositionAnswers positions;
  answer_positions({sequences, each, 2, after, before, tokens}, positions);
  const std::vector<double> figures = divergences(positions.answers);
  for (const char* metric : {"kl_p50", "kl_p99"}) {
    const Measured measured = find_metric(metric)->measure(positions.answers, 0.95);
    for (int round = 0; round < 50; ++round) {
      std::vector<std::uint32_t> counts;
      std::vector<double> drawn;
      for (std::size_t i = 0; i < sequences; ++i) {
        const auto times = static_cast<std::uint32_t>(random() % 3);
        for (std::size_t j = 0; j < each; ++j) {
          counts.push_back(times);
          drawn.insert(drawn.end(), times, figures[i * each + j]);
        }
      }
      if (drawn.empty()) continue;
      std::ranges::sort(drawn);
      const double place = (metric == std::string("kl_p50") ? 0.5 : 0.99) * static_cast<double>(drawn.size() - 1);
      const auto low = static_cast<std::size_t>(place);
      const double next = drawn[std::min(low + 1, drawn.size() - 1)];
      const double expected = drawn[low] + (place - static_cast<double>(low)) * (next - drawn[low]);
      EXPECT_NEAR(measured.statistic(counts), expected, 1e-12) << metric;
    }
  }
}

TEST(Sequences, SizesThatDontFitAreRefused) {
  TwoSequences two;
  PositionAnswers positions;
  EXPECT_THROW(answer_positions({2, 2, 2, two.values, {}, two.tokens}, positions), std::invalid_argument);
  EXPECT_THROW(answer_positions({2, 3, 1, two.values, {}, two.tokens}, positions), std::invalid_argument);
  two.tokens[0] = 2;
  EXPECT_THROW(answer_positions({2, 3, 2, two.values, {}, two.tokens}, positions), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::evaluation
