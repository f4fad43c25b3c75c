#include "core/evaluation/metric.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/evaluate_answers.hpp"
#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const float nan = std::numeric_limits<float>::quiet_NaN();

double value_of(const std::string& name, const Answers& answers) {
  return find_metric(name).value().measure(answers, 0.95).value;
}

// A classifier's answers for two classes of the dataset, which are its classes 2 and 0.
struct Example {
  std::vector<float> values = {0.1F, 0.2F, 0.7F, /**/ 0.6F, 0.3F, 0.1F, /**/ 0.2F, 0.5F, 0.3F, /**/ 0.7F, 0.1F, 0.2F};
  std::vector<float> before = {0.1F, 0.1F, 0.8F, /**/ 0.2F, 0.2F, 0.6F, /**/ 0.2F, 0.5F, 0.3F, /**/ 0.7F, 0.1F, 0.2F};
  std::vector<std::uint32_t> truth = {0, 0, 0, 1};
  std::vector<std::uint32_t> model_class = {2, 0};

  Answers answers() const {
    Answers answers;
    answers.samples = 4;
    answers.width = 3;
    answers.values = values;
    answers.baseline = before;
    answers.truth = truth;
    answers.model_class = model_class;
    answers.scores = true;
    find_answers(answers);
    return answers;
  }
};

TEST(Metrics, OfRightAnswersByHand) {
  const Example example;
  const Answers answers = example.answers();  // right, wrong, wrong (no class of the dataset), right
  EXPECT_DOUBLE_EQ(value_of("accuracy", answers), 0.5);
  EXPECT_DOUBLE_EQ(value_of("mean_accuracy", answers), (1.0 / 3 + 1) / 2);
  EXPECT_DOUBLE_EQ(value_of("top2_accuracy", answers), 0.75);
  EXPECT_DOUBLE_EQ(value_of("worst_class_accuracy", answers), 1.0 / 3);
  // Class 0: one right of three, answered once. Class 1: one right of one, answered twice.
  EXPECT_DOUBLE_EQ(value_of("macro_f1", answers), (2.0 * 1 / (3 + 1) + 2.0 * 1 / (1 + 2)) / 2);
  EXPECT_NEAR(value_of("nll", answers), -(std::log(0.7) + std::log(0.1) + std::log(0.3) + std::log(0.7)) / 4, 1e-6);
}

TEST(Metrics, AgainstTheBaselineByHand) {
  const Example example;
  const Answers answers = example.answers();
  EXPECT_DOUBLE_EQ(value_of("top1_agreement", answers), 0.75);
  EXPECT_DOUBLE_EQ(value_of("top2_agreement", answers), 0.75);  // 2 is the last of the second sample
  EXPECT_DOUBLE_EQ(value_of("top3_agreement", answers), 1);
  // Class 0 lost one of its three samples, class 1 none.
  EXPECT_DOUBLE_EQ(value_of("worst_class_drop", answers), 1.0 / 3);
  EXPECT_TRUE(find_metric("worst_class_drop")->against_baseline());
  const double first = 0.1 * std::log(0.1 / 0.2) + 0.8 * std::log(0.8 / 0.7);
  const double second = 0.2 * std::log(0.2 / 0.6) + 0.2 * std::log(0.2 / 0.3) + 0.6 * std::log(0.6 / 0.1);
  EXPECT_NEAR(value_of("kl", answers), (first + second) / 4, 1e-6);
  EXPECT_NEAR(value_of("max_difference", answers), 0.5, 1e-6);
  EXPECT_NEAR(value_of("mean_difference", answers), (0.1 + 0.1 + 0.4 + 0.1 + 0.5) / 12, 1e-6);
}

TEST(Metrics, ConfusionCellsByHand) {
  const Example example;
  EXPECT_THAT(confusion_cells(example.answers()), ElementsAre(ConfusionCell{0, 0, 1}, ConfusionCell{0, 1, 1},
                                                              ConfusionCell{0, 2, 1}, ConfusionCell{1, 1, 1}));
}

// Two scores are "red", the third is "blue".
struct TwoReds {
  std::vector<float> values = {0.1F, 0.6F, 0.3F, /**/ 0.5F, 0.1F, 0.4F, /**/ 0.3F, 0.3F, 0.4F, /**/ 0.2F, 0.4F, 0.4F};
  std::vector<float> before = {0.6F, 0.1F, 0.3F, /**/ 0.1F, 0.5F, 0.4F, /**/ 0.4F, 0.3F, 0.3F, /**/ 0.1F, 0.2F, 0.7F};
  std::vector<std::uint32_t> truth = {0, 0, 1, 1};
  std::vector<std::uint32_t> model_class = {0, 2};
  std::vector<std::uint32_t> label_of = {0, 0, 2};

  Answers answers() const {
    Answers answers;
    answers.samples = 4;
    answers.width = 3;
    answers.values = values;
    answers.baseline = before;
    answers.truth = truth;
    answers.model_class = model_class;
    answers.label_of = label_of;
    answers.scores = true;
    find_answers(answers);
    return answers;
  }
};

TEST(Labels, AnAnswerIsRightIfItsLabelIs) {
  const TwoReds example;
  const Answers answers = example.answers();
  EXPECT_THAT(answers.answers, ElementsAre(0U, 0U, 2U, 0U));  // a tie goes to the lower score
  EXPECT_DOUBLE_EQ(value_of("accuracy", answers), 0.75);
  EXPECT_DOUBLE_EQ(value_of("mean_accuracy", answers), 0.75);
  EXPECT_THAT(confusion_cells(answers),
              ElementsAre(ConfusionCell{0, 0, 2}, ConfusionCell{1, 0, 1}, ConfusionCell{1, 1, 1}));
}

TEST(Labels, AgreeWhicheverOfTheirScoresIsTheHighest) {
  const TwoReds example;
  EXPECT_DOUBLE_EQ(value_of("top1_agreement", example.answers()), 0.5);  // of the first two
  EXPECT_DOUBLE_EQ(value_of("top2_agreement", example.answers()), 1);    // there are no more than two labels
  EXPECT_DOUBLE_EQ(value_of("top2_accuracy", example.answers()), 1);
  EXPECT_DOUBLE_EQ(value_of("worst_class_drop", example.answers()), 0);
}

TEST(Labels, AreAsLikelyAsTheLargestOfTheirScores) {
  const TwoReds example;
  EXPECT_NEAR(value_of("nll", example.answers()), -(std::log(0.6) + std::log(0.5) + 2 * std::log(0.4)) / 4, 1e-6);
}

// The figures of labels that all differ, computed by collapsing the scores first.
TEST(Labels, CountAsOneScoreOfTheLargest) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 100; ++round) {
    const std::size_t labels = 2 + random() % 5;
    const std::size_t width = labels + random() % 5;
    const std::size_t samples = 1 + random() % 20;
    std::vector<std::uint32_t> label(width);  // of each score
    for (std::size_t i = 0; i < width; ++i) label[i] = static_cast<std::uint32_t>(i < labels ? i : random() % labels);
    std::vector<float> order(width * samples);
    std::iota(order.begin(), order.end(), 1.0F);  // no two are equal
    std::shuffle(order.begin(), order.end(), random);
    std::vector<float> before = order;
    std::shuffle(before.begin(), before.end(), random);
    std::vector<std::uint32_t> truth(samples);
    for (auto& of_sample : truth) of_sample = static_cast<std::uint32_t>(random() % labels);
    std::vector<std::uint32_t> model_class(labels);
    std::iota(model_class.begin(), model_class.end(), 0U);
    const auto collapse = [&](const std::vector<float>& values) {
      std::vector<float> collapsed(labels * samples, 0);
      for (std::size_t i = 0; i < values.size(); ++i) {
        float& score = collapsed[i / width * labels + label[i % width]];
        score = std::max(score, values[i]);
      }
      return collapsed;
    };
    const auto answers_of = [&](const auto& values, const auto& old, std::size_t columns) {
      Answers answers;
      answers.samples = samples;
      answers.width = columns;
      answers.values = values;
      answers.baseline = old;
      answers.truth = truth;
      answers.model_class = model_class;
      answers.scores = true;
      return answers;
    };
    Answers several = answers_of(order, before, width);
    several.label_of = label;
    find_answers(several);
    const std::vector<float> one_order = collapse(order);
    const std::vector<float> one_before = collapse(before);
    Answers one = answers_of(one_order, one_before, labels);
    find_answers(one);
    EXPECT_EQ(several.answers, one.answers);
    EXPECT_EQ(confusion_cells(several), confusion_cells(one));
    for (const char* metric : {"accuracy", "mean_accuracy", "top2_accuracy", "top3_accuracy", "macro_f1",
                               "top1_agreement", "top2_agreement", "worst_class_accuracy", "worst_class_drop"}) {
      EXPECT_EQ(value_of(metric, several), value_of(metric, one)) << metric;
    }
  }
}

TEST(Metrics, TopFiveEndsAfterTheFifth) {
  const std::vector<float> values = {6, 5, 4, 3, 2, 1, /**/ 6, 5, 4, 3, 2, 1, /**/ 1, 1, 1, 1, 1, 1};
  const std::vector<std::uint32_t> model_class = {0, 1, 2, 3, 4, 5};
  const std::vector<std::uint32_t> truth = {4, 5, 5};  // fifth; sixth; sixth by the tie
  Answers answers;
  answers.samples = 3;
  answers.width = 6;
  answers.values = values;
  answers.truth = truth;
  answers.model_class = model_class;
  answers.scores = true;
  find_answers(answers);
  EXPECT_DOUBLE_EQ(value_of("top5_accuracy", answers), 1.0 / 3.0);
}

TEST(Metrics, ClassesWithoutSamplesDontCountInTheMean) {
  Example example;
  example.truth = {0, 0, 0, 0};
  EXPECT_DOUBLE_EQ(value_of("mean_accuracy", example.answers()), value_of("accuracy", example.answers()));
}

TEST(Metrics, PairedCountsByHand) {
  const Example example;
  Example old = example;
  old.values = old.before;
  const auto classes = paired_counts(old.answers(), example.answers());
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[0].both_right, 1U);
  EXPECT_EQ(classes[0].only_baseline_right, 1U);
  EXPECT_EQ(classes[0].both_wrong, 1U);
  EXPECT_EQ(classes[1].both_right, 1U);
}

// numpy: noise = fp - q; 10 log10(mean(q^2) / (mean(noise^2) + 1e-7)), and max(q^2) for the peak.
TEST(Metrics, SignalToNoiseAsCoremltoolsHasIt) {
  const std::vector<float> before = {1, 2, 3, 4, /**/ 1, 1, 1, 1};
  const std::vector<float> after = {1, 2, 3, 5, /**/ 1, 1, 1, 1};
  Answers answers;
  answers.samples = 2;
  answers.width = 4;
  answers.values = after;
  answers.baseline = before;
  find_answers(answers);
  const double first = 10 * std::log10((39.0 / 4) / (0.25 + 1e-7));
  const double second = 10 * std::log10(1 / 1e-7);
  EXPECT_NEAR(value_of("snr", answers), (first + second) / 2, 1e-9);
  EXPECT_NEAR(value_of("psnr", answers), (10 * std::log10(25 / (0.25 + 1e-7)) + second) / 2, 1e-9);
  EXPECT_FALSE(has(answers, Needs::scores_before));
}

TEST(Metrics, CalibrationErrorByHand) {
  // Two answers of probability 0.9, one of them wrong: |1.8 - 1| / 3; and one of 0.6, right: |0.6 - 1| / 3.
  const std::vector<float> values = {0.9F, 0.1F, /**/ 0.9F, 0.1F, /**/ 0.4F, 0.6F};
  const std::vector<std::uint32_t> truth = {0, 1, 1};
  const std::vector<std::uint32_t> model_class = {0, 1};
  Answers answers;
  answers.samples = 3;
  answers.width = 2;
  answers.values = values;
  answers.truth = truth;
  answers.model_class = model_class;
  answers.scores = true;
  find_answers(answers);
  EXPECT_NEAR(value_of("ece", answers), (0.8 + 0.4) / 3, 1e-6);
}

TEST(Metrics, OfTargetsByHand) {
  const std::vector<float> values = {1, 2, /**/ 3, 5};
  const std::vector<float> targets = {1, 4, /**/ 2, 2};
  Answers answers;
  answers.samples = 2;
  answers.width = 2;
  answers.values = values;
  answers.targets = targets;
  find_answers(answers);
  EXPECT_DOUBLE_EQ(value_of("mse", answers), (4.0 + 1 + 9) / 4);
  EXPECT_DOUBLE_EQ(value_of("mae", answers), (2.0 + 1 + 3) / 4);
  EXPECT_FALSE(has(answers, Needs::targets_before));
  const std::vector<float> baseline = {1, 3, /**/ 2, 4};
  answers.baseline = baseline;
  EXPECT_DOUBLE_EQ(value_of("mse_rise", answers), (4.0 + 1 + 9) / 4 - (1.0 + 4) / 4);
  EXPECT_DOUBLE_EQ(value_of("mae_rise", answers), (2.0 + 1 + 3) / 4 - (1.0 + 2) / 4);
}

// Every sample's error grows by the same: of that there is no doubt, however much the samples differ.
TEST(Metrics, RisesArePaired) {
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

// The definition, place by place, without the separable window.
double ssim_by_definition(const std::vector<float>& a, const std::vector<float>& b, int height, int columns) {
  const int size = 11;
  std::vector<double> weights;
  double total = 0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const double square = (x - 5) * (x - 5) + (y - 5) * (y - 5);
      weights.push_back(std::exp(-square / (2 * 1.5 * 1.5)));
      total += weights.back();
    }
  }
  double sum = 0;
  int places = 0;
  for (int top = 0; top + size <= height; ++top) {
    for (int left = 0; left + size <= columns; ++left) {
      double ma = 0, mb = 0, va = 0, vb = 0, covariance = 0;
      const auto each = [&](const auto& use) {
        for (int y = 0; y < size; ++y) {
          for (int x = 0; x < size; ++x) {
            const auto at = static_cast<std::size_t>((top + y) * columns + left + x);
            use(weights[static_cast<std::size_t>(y * size + x)] / total, static_cast<double>(a[at]),
                static_cast<double>(b[at]));
          }
        }
      };
      each([&](double w, double p, double q) { ma += w * p, mb += w * q; });
      each([&](double w, double p, double q) {
        va += w * (p - ma) * (p - ma), vb += w * (q - mb) * (q - mb), covariance += w * (p - ma) * (q - mb);
      });
      const double c1 = 2.55 * 2.55;
      const double c2 = 7.65 * 7.65;
      sum += (2 * ma * mb + c1) * (2 * covariance + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      ++places;
    }
  }
  return sum / places;
}

TEST(Metrics, StructuralSimilarityIsThatOfItsDefinition) {
  std::mt19937_64 random(8);
  std::uniform_real_distribution<float> pixel(0, 255);
  std::normal_distribution<float> noise(0, 20);
  std::vector<float> a(2 * 14 * 17);
  for (float& value : a) value = pixel(random);
  std::vector<float> b = a;
  for (float& value : b) value += noise(random);
  Answers answers;
  answers.samples = 1;
  answers.width = a.size();
  answers.values = b;
  answers.baseline = a;
  answers.image = true;
  answers.channels = 2;
  answers.height = 14;
  answers.columns = 17;
  find_answers(answers);
  const auto middle = static_cast<std::ptrdiff_t>(a.size() / 2);
  const double first = ssim_by_definition({a.begin(), a.begin() + middle}, {b.begin(), b.begin() + middle}, 14, 17);
  const double second = ssim_by_definition({a.begin() + middle, a.end()}, {b.begin() + middle, b.end()}, 14, 17);
  EXPECT_NEAR(value_of("ssim", answers), (first + second) / 2, 1e-9);
  answers.values = a;
  EXPECT_NEAR(value_of("ssim", answers), 1, 1e-12);
}

TEST(Metrics, StructuralSimilarityOfSmallImages) {
  const std::vector<float> a = {10, 200, 30, 40, 50, 60};
  Answers answers;
  answers.samples = 1;
  answers.width = 6;
  answers.values = answers.baseline = a;
  answers.image = true;
  answers.channels = 1;
  answers.height = 2;
  answers.columns = 3;
  find_answers(answers);
  EXPECT_NEAR(value_of("ssim", answers), 1, 1e-12);
}

TEST(Metrics, NothingButNanIsRightAboutNothing) {
  Example example;
  std::fill(example.values.begin(), example.values.end(), nan);
  example.model_class = {0, 1};  // the lowest index is the first answer of nothing but NaN
  const Answers answers = example.answers();
  EXPECT_EQ(value_of("accuracy", answers), 0);
  EXPECT_EQ(value_of("mean_accuracy", answers), 0);
  EXPECT_EQ(value_of("top5_accuracy", answers), 0);
  EXPECT_EQ(value_of("macro_f1", answers), 0);
  EXPECT_TRUE(std::isnan(value_of("nll", answers)));
  EXPECT_TRUE(std::isnan(value_of("kl", answers)));
  EXPECT_TRUE(std::isnan(value_of("ece", answers)));
  EXPECT_TRUE(std::isnan(value_of("max_difference", answers)));
  EXPECT_THAT(confusion_cells(answers), ElementsAre(ConfusionCell{0, 2, 3}, ConfusionCell{1, 2, 1}));
  EXPECT_EQ(count_unanswered(answers), 4U);
}

TEST(Metrics, NanAgreesWithNothingAndNotWithItself) {
  Example example;
  std::fill(example.values.begin(), example.values.end(), nan);
  std::fill(example.before.begin(), example.before.end(), nan);
  const Answers answers = example.answers();
  EXPECT_EQ(value_of("top1_agreement", answers), 0);
  EXPECT_EQ(value_of("top3_agreement", answers), 0);
  EXPECT_THAT(answers.baseline_answers, ElementsAre(no_answer, no_answer, no_answer, no_answer));
}

TEST(Metrics, AnInfiniteScoreIsNoAnswerAndANumberBesideNanIs) {
  Example example;
  const float infinity = std::numeric_limits<float>::infinity();
  example.values = {infinity, 0, 1, /**/ nan, nan, 0.3F, /**/ -infinity, -infinity, -infinity, /**/ -infinity, 2, 1};
  const Answers answers = example.answers();
  EXPECT_THAT(answers.answers, ElementsAre(no_answer, 2U, no_answer, 1U));
  EXPECT_EQ(count_unanswered(answers), 2U);
  EXPECT_DOUBLE_EQ(value_of("accuracy", answers), 0.25);
}

TEST(Metrics, OfAnOutputThatIsNoScoresASampleWithAValueThatIsNotFiniteHasNoAnswer) {
  const std::vector<float> values = {1, nan, /**/ 1, 2, /**/ std::numeric_limits<float>::infinity(), 3};
  Answers answers;
  answers.samples = 3;
  answers.width = 2;
  answers.values = values;
  find_answers(answers);
  EXPECT_EQ(count_unanswered(answers), 2U);
}

TEST(Probabilities, AreTakenAsTheyAreOrBySoftmax) {
  const std::vector<float> proper = {0.25F, 0.75F};
  EXPECT_THAT(probabilities(proper), ElementsAre(0.25, 0.75));
  const std::vector<float> logits = {1000.0F, 1000.0F + std::log(3.0F)};
  EXPECT_NEAR(probabilities(logits)[1], 0.75, 1e-4);
  EXPECT_NEAR(divergence(proper, logits), 0, 1e-6);
}

TEST(Probabilities, OfZeroDontMakeADivergenceInfinite) {
  const std::vector<float> before = {0.5F, 0.5F};
  const std::vector<float> after = {1.0F, 0.0F};
  EXPECT_NEAR(divergence(before, after), 0.5 * std::log(0.5) + 0.5 * (std::log(0.5) - std::log(1e-12)), 1e-9);
}

TEST(FindMetric, KnowsNamesAndNumbers) {
  EXPECT_EQ(find_metric("top5_accuracy")->name, "top5_accuracy");
  EXPECT_EQ(find_metric("top17_agreement")->name, "top17_agreement");
  for (const char* name : {"", "top_accuracy", "top0_accuracy", "top05_accuracy", "top1001_accuracy", "top5",
                           "topx_accuracy", "top5_accuracy_", "confusion", "top_agreement"}) {
    EXPECT_FALSE(find_metric(name)) << name;
  }
  for (const Metric& metric : metrics()) EXPECT_EQ(find_metric(metric.name)->name, metric.name);
}

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

TEST(FindAnswers, RefusesWhatDoesNotFit) {
  const Example example;
  const auto refuses = [&](const auto& change) {
    Answers answers = example.answers();
    change(answers);
    EXPECT_THROW(find_answers(answers), std::invalid_argument);
  };
  refuses([](Answers& answers) { answers.width = 4; });
  refuses([](Answers& answers) { answers.baseline = answers.baseline.first(3); });
  refuses([](Answers& answers) { answers.targets = answers.values.first(3); });
  refuses([](Answers& answers) { answers.truth = answers.truth.first(3); });
  const std::vector<std::uint32_t> beyond = {2, 3};
  refuses([&](Answers& answers) { answers.model_class = beyond; });
  refuses([](Answers& answers) { answers.model_class = answers.model_class.first(1); });
  refuses([](Answers& answers) { answers.image = true; });
}

TEST(Metrics, AreSummedUpInALine) {
  for (const Metric& metric : metrics()) {
    EXPECT_GT(metric.summary.size(), 20U) << metric.name;
    EXPECT_LT(metric.summary.size(), 120U) << metric.name;
  }
  EXPECT_THAT(to_text(Needs::targets), HasSubstr("targets"));
}

}  // namespace
}  // namespace goldilocks::evaluation
