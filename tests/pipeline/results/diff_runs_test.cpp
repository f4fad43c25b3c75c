#include "core/pipeline/results/diff_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/paired.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Workspace;

goldilocks::Results results_of(const Workspace& workspace, const std::string& function, const std::string& bits,
                               const std::string& output) {
  return workspace
      .run(
          "name: tiny\nstages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n"
          "  - quantize: {name: 'small_{bits}', sweep: {function: " +
              function + ", bits: " + bits + "}}\n  - evaluate: {backend: reference}\n  - select: {max_drop: 1}\n",
          output)
      .results;
}

const VariantChange& change_of(const RunsDiff& diff, const std::string& variant) {
  for (const VariantChange& change : diff.changes) {
    if (change.variant == variant) return change;
  }
  throw std::runtime_error("no change of " + variant);
}

TEST(DiffRuns, OfTheSameRunIsNothing) {
  const Workspace workspace;
  const auto results = results_of(workspace, "linear", "[8, 2]", "run");
  const RunsDiff diff = diff_runs(results, results, 0);
  ASSERT_EQ(diff.changes.size(), 3U);
  for (const VariantChange& change : diff.changes) EXPECT_EQ(change.test, VariantChange::Test::same);
  EXPECT_FALSE(diff.regressed());
  EXPECT_THAT(diff.notes, IsEmpty());
}

// The answers of both runs' variants, held against each other directly.
TEST(DiffRuns, PairsTheAnswersOfTwoRunsImageByImage) {
  const Workspace workspace;
  const auto before = results_of(workspace, "linear", "[4, 2, 1]", "one");
  const auto after = results_of(workspace, "kmeans_lut", "[4, 2, 1]", "two");
  const RunsDiff diff = diff_runs(before, after, 0.01);
  std::size_t disagreements = 0;
  for (const std::string bits : {"4", "2", "1"}) {
    const VariantChange& change = change_of(diff, "small_" + bits);
    ASSERT_EQ(change.test, VariantChange::Test::paired) << bits;
    // Won less lost is what the accuracies over all images differ by.
    const auto accuracy = [&](const goldilocks::Results& results) {
      for (const auto& variant : results.variants()) {
        if (variant.name() == "small_" + bits) return variant.evaluation().accuracy();
      }
      return -1.0;
    };
    const double difference = static_cast<double>(change.lost) - static_cast<double>(change.won);
    EXPECT_NEAR(difference, 30 * (accuracy(before) - accuracy(after)), 1e-9);
    EXPECT_EQ(change.p_value, evaluation::mcnemar_p_value(change.lost, change.won));
    EXPECT_LE(change.interval->lower, change.drop + 1e-9);
    EXPECT_GE(change.interval->upper, change.drop - 1e-9);
    disagreements += change.lost + change.won;
  }
  EXPECT_GT(disagreements, 0U);
}

TEST(DiffRuns, ARegressionIsADropOverTheLimit) {
  const Workspace workspace;
  workspace.write("labels.npy", testing::own_answers(workspace));
  const auto good = results_of(workspace, "linear", "8", "one");
  auto bad = good;
  goldilocks::Variant& variant = *bad.mutable_variants(1);
  variant.set_sha256("another");
  variant.mutable_evaluation()->set_mean_accuracy(good.variants(1).evaluation().mean_accuracy() - 0.1);
  EXPECT_TRUE(diff_runs(good, bad, 0.05).regressed());
  EXPECT_FALSE(diff_runs(good, bad, 0.1).regressed());
  EXPECT_FALSE(diff_runs(bad, good, 0).regressed());
}

TEST(DiffRuns, OfOtherImagesIsNotPaired) {
  const Workspace workspace;
  const auto before = results_of(workspace, "linear", "2", "one");
  workspace.write("labels.npy", testing::own_answers(workspace));
  const auto after = results_of(workspace, "linear", "2", "two");
  const VariantChange& change = change_of(diff_runs(before, after, 1), "small_2");
  EXPECT_EQ(change.test, VariantChange::Test::unpaired);
  EXPECT_LT(change.interval->lower, change.drop);
  EXPECT_GT(change.interval->upper, change.drop);
}

TEST(DiffRuns, OfAnOlderDocumentHasNoTest) {
  const Workspace workspace;
  auto before = results_of(workspace, "linear", "2", "one");
  const auto after = results_of(workspace, "kmeans_lut", "2", "two");
  for (auto& variant : *before.mutable_variants()) {
    variant.mutable_evaluation()->clear_figures();
    variant.mutable_evaluation()->clear_differences();
    variant.mutable_evaluation()->clear_comparison();
  }
  EXPECT_EQ(change_of(diff_runs(before, after, 1), "small_2").test, VariantChange::Test::none);
}

TEST(DiffRuns, NamesWhatIsGoneAndNewAndChosen) {
  const Workspace workspace;
  const auto before = results_of(workspace, "linear", "[8, 4]", "one");
  const auto after = results_of(workspace, "linear", "[8, 2]", "two");
  const RunsDiff diff = diff_runs(before, after, 1);
  EXPECT_THAT(diff.only_before, ElementsAre("small_4"));
  EXPECT_THAT(diff.only_after, ElementsAre("small_2"));
  EXPECT_EQ(diff.chosen_before, "small_4");
  EXPECT_EQ(diff.chosen_after, "small_2");
  EXPECT_EQ(diff.changes.front().earlier_variant, "small_4");
  EXPECT_EQ(diff.changes.front().variant, "small_2");
}

TEST(DiffRuns, NotesOtherInputsAndFailures) {
  const Workspace workspace;
  const auto before = results_of(workspace, "linear", "8", "one");
  auto after = before;
  after.mutable_inputs(0)->set_sha256("another");
  after.mutable_variants(1)->set_error("it crashed");
  const RunsDiff diff = diff_runs(before, after, 1);
  EXPECT_THAT(diff.notes, Contains(HasSubstr("has other content")));
  EXPECT_THAT(diff.notes, Contains("small_8 failed: it crashed"));
}

// Each part of a dataset stands among the inputs with a hash of its own.
TEST(DiffRuns, KnowsTheFileOfSeveralParts) {
  const Workspace workspace;
  auto before = results_of(workspace, "linear", "8", "one");
  const std::string path = before.datasets(0).path();
  auto& part = *before.add_inputs();
  part.set_path(path);
  part.set_sha256("the other part");
  const RunsDiff same = diff_runs(before, before, 1);
  EXPECT_THAT(same.notes, IsEmpty());
  EXPECT_EQ(change_of(same, "small_8").test, VariantChange::Test::same);

  auto after = before;
  after.mutable_inputs(after.inputs_size() - 1)->set_sha256("another");
  const RunsDiff diff = diff_runs(before, after, 1);
  EXPECT_THAT(diff.notes, ElementsAre(path + ": has other content"));
  EXPECT_EQ(change_of(diff, "small_8").test, VariantChange::Test::unpaired);
}

}  // namespace
}  // namespace goldilocks::pipeline
