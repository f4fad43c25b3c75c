// Figures of what is there, in the order asked for, with their intervals.
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/evaluate_answers.hpp"
#include "core/evaluation/metric.hpp"
#include "tests/evaluation/metric_example.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using testing::Example;

TEST(ComputeFigures, AreThoseWhoseDataAreThereInTheOrderAskedFor) {
  const Example example;
  Answers answers = example.answers();
  ThreadPool pool(2);
  FigureSettings settings;
  settings.metrics = {"kl", "confusion", "mse", "accuracy"};
  settings.confidence = 0.9;
  const auto names = [&] {
    std::vector<std::string> found;
    for (const auto& figure : compute_figures(answers, settings, pool)) found.push_back(figure.metric);
    return found;
  };
  EXPECT_THAT(names(), ElementsAre("kl", "accuracy"));
  answers.baseline = {};
  EXPECT_THAT(names(), ElementsAre("accuracy"));
  settings.metrics.clear();
  EXPECT_THAT(names(), ElementsAre("mean_accuracy", "accuracy", "worst_class_accuracy", "macro_f1", "nll", "ece"));
}

TEST(ComputeFigures, TheFirstKOfNoMoreThanKLabelsAreNone) {
  const std::vector<float> values = {0.3F, 0.2F, 0.1F, 0.1F, 0.1F, 0.2F};
  const std::vector<std::uint32_t> truth = {1};
  const std::vector<std::uint32_t> model_class = {0, 1};
  Answers answers;
  answers.samples = 1;
  answers.width = values.size();
  answers.values = answers.baseline = values;
  answers.truth = truth;
  answers.model_class = model_class;
  answers.scores = true;
  find_answers(answers);
  ThreadPool pool(1);
  FigureSettings settings;
  settings.metrics = {"top5_accuracy", "top6_accuracy", "top5_agreement", "top7_agreement", "top1_agreement"};
  const auto names = [&] {
    std::vector<std::string> found;
    for (const auto& figure : compute_figures(answers, settings, pool)) found.push_back(figure.metric);
    return found;
  };
  EXPECT_THAT(names(), ElementsAre("top5_accuracy", "top5_agreement", "top1_agreement"));
  const std::vector<std::uint32_t> label_of = {0, 1, 2, 3, 4, 0};  // five labels, one of them twice
  answers.label_of = label_of;
  find_answers(answers);
  EXPECT_THAT(names(), ElementsAre("top1_agreement"));
}

TEST(ComputeFigures, HaveIntervalsOfTheirConfidence) {
  std::mt19937_64 random(9);
  std::uniform_real_distribution<float> uniform(0, 1);
  constexpr std::size_t samples = 120;
  std::vector<float> values(samples * 6), before(samples * 6);
  std::vector<std::uint32_t> truth(samples);
  for (float& value : before) value = uniform(random);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = before[i] + 0.1F * uniform(random);
  for (auto& label : truth) label = static_cast<std::uint32_t>(random() % 4);
  const std::vector<std::uint32_t> model_class = {0, 1, 2, 3};
  Answers answers;
  answers.samples = samples;
  answers.width = 6;
  answers.values = values;
  answers.baseline = before;
  answers.truth = truth;
  answers.model_class = model_class;
  answers.scores = true;
  find_answers(answers);
  ThreadPool one(1);
  ThreadPool three(3);
  const auto figures = compute_figures(answers, {}, one);
  const auto again = compute_figures(answers, {}, three);
  ASSERT_EQ(figures.size(), again.size());
  std::map<std::string, std::string> methods;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const FigureValue& figure = figures[i];
    methods[figure.metric] = figure.interval ? figure.interval->method : "none";
    EXPECT_EQ(figure.value, again[i].value);
    if (!figure.interval) continue;
    EXPECT_LT(figure.interval->lower, figure.interval->upper) << figure.metric;
    EXPECT_EQ(figure.interval->confidence, 0.95);
    EXPECT_EQ(figure.interval->lower, again[i].interval->lower) << figure.metric;
    EXPECT_EQ(figure.interval->upper, again[i].interval->upper) << figure.metric;
    if (figure.metric == "ece") continue;  // resamples are less well calibrated than the samples
    EXPECT_LE(figure.interval->lower, figure.value) << figure.metric;
    EXPECT_GE(figure.interval->upper, figure.value) << figure.metric;
  }
  EXPECT_EQ(methods["mean_accuracy"], "wilson");
  EXPECT_EQ(methods["top5_agreement"], "wilson");
  EXPECT_EQ(methods["macro_f1"], "bootstrap");
  EXPECT_EQ(methods["kl"], "bootstrap");
  EXPECT_EQ(methods["max_difference"], "none");
}

// The statistic of "every sample once" is the figure itself.
TEST(ComputeFigures, ResampleTheSameFigure) {
  const Example example;
  const Answers answers = example.answers();
  const std::vector<std::uint32_t> once(4, 1);
  for (const Metric& metric : metrics()) {
    if (!has(answers, metric.needs)) continue;
    const Measured measured = metric.measure(answers, 0.95);
    if (!measured.statistic) continue;
    EXPECT_DOUBLE_EQ(measured.statistic(once), measured.value) << metric.name;
  }
}

// Every sample's error grows by the same: of that there is no doubt, however much the samples differ.
TEST(ComputeFigures, RisesArePaired) {
  const std::vector<float> baseline = {0, 10, 20, 30};
  const std::vector<float> values = {1, 11, 21, 31};
  const std::vector<float> targets = {0, 9, 15, 2};
  Answers answers;
  answers.samples = 4;
  answers.width = 1;
  answers.values = values;
  answers.baseline = baseline;
  answers.targets = targets;
  find_answers(answers);
  ThreadPool pool(1);
  FigureSettings settings;
  settings.metrics = {"mae", "mae_rise"};
  const auto figures = compute_figures(answers, settings, pool);
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_LT(figures[0].interval.value().lower, figures[0].value - 1);
  EXPECT_DOUBLE_EQ(figures[1].value, 1);
  EXPECT_DOUBLE_EQ(figures[1].interval.value().lower, 1);
  EXPECT_DOUBLE_EQ(figures[1].interval.value().upper, 1);
  EXPECT_TRUE(figures[1].against_baseline);
  EXPECT_FALSE(figures[1].larger_is_better);
}

}  // namespace
}  // namespace goldilocks::evaluation
