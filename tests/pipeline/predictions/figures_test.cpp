#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/pipeline/predictions/collect_figures.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Workspace;

std::string with_evaluate(const std::string& keys) {
  return "name: tiny\nstages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n"
         "  - quantize: {sweep: {function: linear, bits: [8, 2]}}\n  - evaluate: {backend: reference" +
         keys + "}\n";
}

std::vector<std::string> metrics_of(const goldilocks::Evaluation& evaluation) {
  std::vector<std::string> names;
  for (const goldilocks::Figure& figure : evaluation.figures()) names.push_back(figure.metric());
  return names;
}

TEST(EvaluateStage, HasDefaultsForItsFigures) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(with_evaluate(""));
  const evaluation::FigureSettings& figures = spec.evaluate->figures;
  EXPECT_TRUE(figures.metrics.empty());
  EXPECT_EQ(figures.confidence, 0.95);
  EXPECT_EQ(figures.bootstrap.seed, 1U);
  EXPECT_EQ(figures.bootstrap.resamples, 1000U);
}

TEST(EvaluateStage, ReadsItsFiguresAndWritesThemAgain) {
  const Workspace workspace;
  const std::string keys =
      ", metrics: [kl, top3_accuracy, confusion], confidence: 0.9, bootstrap: {seed: 7, resamples: 200}";
  const PipelineSpec spec = workspace.parse(with_evaluate(keys));
  const PipelineSpec again = workspace.parse(to_yaml(spec));
  for (const PipelineSpec* one : {&spec, &again}) {
    const evaluation::FigureSettings& figures = one->evaluate->figures;
    EXPECT_THAT(figures.metrics, ElementsAre("kl", "top3_accuracy", "confusion"));
    EXPECT_EQ(figures.confidence, 0.9);
    EXPECT_EQ(figures.bootstrap.seed, 7U);
    EXPECT_EQ(figures.bootstrap.resamples, 200U);
  }
}

TEST(EvaluateStage, RefusesWhatIsNoMetricAndNoConfidence) {
  const Workspace workspace;
  const auto faults = [&](const std::string& keys) { return workspace.faults(with_evaluate(keys)); };
  EXPECT_THAT(faults(", metrics: [accuracy, top5_agrement]"),
              HasSubstr("there is no metric 'top5_agrement'; did you mean 'top5_agreement'?"));
  EXPECT_THAT(faults(", metrics: [kl, kl]"), HasSubstr("the metric 'kl' is named twice"));
  EXPECT_THAT(faults(", metrics: []"), HasSubstr("'metrics' is empty"));
  EXPECT_THAT(faults(", confidence: 1"), HasSubstr("'confidence' must be"));
  EXPECT_THAT(faults(", bootstrap: {resamples: 99}"), HasSubstr("'resamples' must be from 100 to 100000"));
  EXPECT_THAT(faults(", bootstrap: {sed: 1}"), HasSubstr("did you mean 'seed'?"));
  EXPECT_EQ(faults(", metrics: accuracy"), "");
}

TEST(Figures, AreThoseAskedForWithTheirIntervals) {
  const Workspace workspace;
  const auto results =
      workspace.run(with_evaluate(", metrics: [kl, accuracy, top2_agreement], confidence: 0.9")).results;
  const goldilocks::Evaluation& loaded = results.variants(0).evaluation();
  const goldilocks::Evaluation& small = results.variants(2).evaluation();
  EXPECT_THAT(metrics_of(loaded), ElementsAre("accuracy"));
  EXPECT_THAT(metrics_of(small), ElementsAre("kl", "accuracy", "top2_agreement"));
  for (const goldilocks::Figure& figure : small.figures()) {
    EXPECT_EQ(figure.samples(), 30U);
    EXPECT_EQ(figure.interval().confidence(), 0.9);
    EXPECT_LE(figure.interval().lower(), figure.value());
    EXPECT_GE(figure.interval().upper(), figure.value());
    EXPECT_EQ(figure.against_baseline(), figure.metric() != "accuracy");
  }
  EXPECT_FALSE(small.has_confusion());
  EXPECT_GT(small.confusion_cells_size(), 0);  // these are always there
  EXPECT_EQ(small.class_intervals_size(), 3);
}

TEST(Figures, FitEachOther) {
  const Workspace workspace;
  workspace.write("labels.npy", testing::own_answers(workspace));
  const auto results = workspace.run(with_evaluate("")).results;
  const goldilocks::Evaluation& loaded = results.variants(0).evaluation();
  EXPECT_FALSE(loaded.has_comparison());
  EXPECT_EQ(loaded.differences_size(), 0);
  EXPECT_EQ(loaded.accuracy(), 1);
  for (int i = 1; i < results.variants_size(); ++i) {
    const goldilocks::Evaluation& figures = results.variants(i).evaluation();
    const goldilocks::Comparison& pairs = figures.comparison();
    EXPECT_EQ(pairs.both_right() + pairs.only_baseline_right() + pairs.only_variant_right() + pairs.both_wrong(), 30U);
    EXPECT_EQ(pairs.only_variant_right() + pairs.both_wrong(), 0U);  // the labels are the baseline's own answers
    EXPECT_NEAR(figures.accuracy(), static_cast<double>(pairs.both_right()) / 30, 1e-12);
    EXPECT_EQ(figures.differences_size(), static_cast<int>(pairs.only_baseline_right()));
    for (const goldilocks::Difference& difference : figures.differences()) {
      EXPECT_EQ(difference.baseline_answer(), difference.truth());
      EXPECT_NE(difference.answer(), difference.truth());
      EXPECT_GT(difference.probability(), 1.0 / 3 - 1e-6);
    }
    EXPECT_LE(pairs.drop().lower(), figures.mean_drop());
    EXPECT_GE(pairs.drop().upper(), figures.mean_drop());
    EXPECT_GE(pairs.adjusted_p_value(), pairs.p_value());
    EXPECT_THAT(pairs.verdict(), HasSubstr("tiny"));
    // The diagonal of the confusion matrix is what was answered right.
    const goldilocks::ConfusionMatrix& confusion = figures.confusion();
    const int columns = confusion.columns_size();
    EXPECT_EQ(columns, figures.class_accuracy_size() + 1);
    EXPECT_EQ(confusion.columns(columns - 1), "other");
    ASSERT_EQ(confusion.counts_size(), (columns - 1) * columns);
    std::uint64_t diagonal = 0;
    for (int c = 0; c + 1 < columns; ++c) diagonal += confusion.counts(c * columns + c);
    EXPECT_EQ(diagonal, pairs.both_right());
    // The cells are those of its counts that are not 0.
    std::vector<std::uint64_t> counts(static_cast<std::size_t>(confusion.counts_size()));
    for (const goldilocks::ConfusionCell& cell : figures.confusion_cells()) {
      counts.at(cell.class_() * static_cast<std::size_t>(columns) + cell.column()) = cell.count();
    }
    EXPECT_THAT(confusion.counts(), ::testing::ElementsAreArray(counts));
  }
  EXPECT_THAT(results.findings(0), HasSubstr("Of 2 variants of tiny, "));
}

// A document of one model and variants that lost and won so many of 700 images.
goldilocks::Results document(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& lost_and_won) {
  goldilocks::Results results;
  results.add_variants()->set_name("full");
  for (const auto& [lost, won] : lost_and_won) {
    goldilocks::Variant& variant = *results.add_variants();
    variant.set_name("v" + std::to_string(results.variants_size() - 1));
    goldilocks::Evaluation& evaluation = *variant.mutable_evaluation();
    evaluation.set_baseline("full");
    evaluation.set_samples(700);
    evaluation.set_mean_drop((static_cast<double>(lost) - won) / 700);
    goldilocks::Comparison& pairs = *evaluation.mutable_comparison();
    const evaluation::PairedCounts counts{400, lost, won, 300 - lost - won};
    pairs.set_both_right(400);
    pairs.set_only_baseline_right(lost);
    pairs.set_only_variant_right(won);
    pairs.set_p_value(evaluation::mcnemar_p_value(lost, won));
    const auto interval = evaluation::drop_interval(evaluation::paired_drop({&counts, 1}), 0.95);
    pairs.mutable_drop()->set_lower(interval.lower);
    pairs.mutable_drop()->set_upper(interval.upper);
    pairs.mutable_drop()->set_confidence(0.95);
  }
  return results;
}

std::string verdict(const goldilocks::Results& results, int variant) {
  return results.variants(variant).evaluation().comparison().verdict();
}

TEST(Findings, SayWhatCanBeToldApartAndWhatCannot) {
  goldilocks::Results results = document({{0, 0}, {20, 15}, {25, 11}, {120, 10}, {10, 60}});
  state_findings(results);
  EXPECT_THAT(verdict(results, 1), HasSubstr("is right about the same 400 of 700 samples as full"));
  EXPECT_THAT(verdict(results, 1), HasSubstr("within the limit of 0.01"));
  EXPECT_THAT(verdict(results, 2), HasSubstr("can't be told apart from full by these 700 samples: 20 answers are lost "
                                             "and 15 won"));
  EXPECT_THAT(verdict(results, 2), HasSubstr("don't show whether it is within the limit of 0.01; some "));
  EXPECT_THAT(verdict(results, 3), HasSubstr("looks worse than full"));  // 0.029, of five 0.087
  EXPECT_THAT(verdict(results, 4), HasSubstr("is worse than full: 120 answers are lost and 10 won"));
  EXPECT_THAT(verdict(results, 4), HasSubstr("over the limit of 0.01"));
  EXPECT_THAT(verdict(results, 5), HasSubstr("is better than full"));
  ASSERT_EQ(results.findings_size(), 1);
  EXPECT_EQ(results.findings(0),
            "Of 5 variants of full, 3 can't be told apart from it by these 700 samples: v1, v2, v3; 1 is better: v5; 1 "
            "is worse: v4 (McNemar's exact test at 5 %, adjusted by Holm for 5 comparisons)");
}

TEST(Findings, OfTheChosenOneFollowItsLimit) {
  goldilocks::Results results = document({{20, 15}});
  results.mutable_selection()->set_chosen("v1");
  results.mutable_selection()->set_max_drop(0.05);
  state_findings(results);
  EXPECT_THAT(verdict(results, 1), HasSubstr("within the limit of 0.05"));
  ASSERT_EQ(results.findings_size(), 3);
  EXPECT_THAT(results.findings(0), Not(HasSubstr("Holm")));
  EXPECT_THAT(results.findings(1), HasSubstr("The chosen v1 can't be told apart"));
  EXPECT_THAT(results.findings(2), HasSubstr("A true drop of 0.05 is noticed with 80 % power by some "));
  // A second call, by another limit, replaces the first.
  results.mutable_selection()->set_max_drop(0.001);
  state_findings(results);
  EXPECT_EQ(results.findings_size(), 3);
  EXPECT_THAT(verdict(results, 1), HasSubstr("whether it is within the limit of 0.001"));
  EXPECT_THAT(verdict(results, 1), Not(HasSubstr("some ")));  // the drop that was seen is above it
  EXPECT_EQ(results.variants(1).evaluation().comparison().samples_needed(), 0U);
}

TEST(Findings, NameClassesOfFewSamples) {
  goldilocks::Results results = document({{20, 15}});
  goldilocks::Dataset& dataset = *results.add_datasets();
  dataset.set_name("images");
  for (const auto& [name, samples] : {std::pair{"a", 9U}, {"b", 10U}}) {
    dataset.add_classes(name);
    dataset.add_class_samples(samples);
  }
  state_findings(results);
  EXPECT_EQ(results.findings(1),
            "In images, 1 of 2 classes has fewer than 10 samples, so that its accuracy says little: a");
}

TEST(Findings, OfNothingAreNone) {
  goldilocks::Results results;
  state_findings(results);
  EXPECT_EQ(results.findings_size(), 0);
}

}  // namespace
}  // namespace goldilocks::pipeline
