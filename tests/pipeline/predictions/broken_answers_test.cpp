// Models that answer with what is no number, and baselines that say nothing.
#include <algorithm>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/results/diff_runs.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::Workspace;

// Its weights are numbers, but every score is a square root of what is below 0.
void write_nan_model(const Workspace& workspace, const std::string& name) {
  using Unary = CoreML::Specification::UnaryFunctionLayerParams;
  const auto model = testing::ModelBuilder(4)
                         .image_input("image", 8, 8)
                         .convolution("conv", 3, 4)
                         .activation("relu")
                         .layer("root",
                                [](CoreML::Specification::NeuralNetworkLayer& layer) {
                                  layer.mutable_unary()->set_type(Unary::SQRT);
                                  layer.mutable_unary()->set_scale(-1);
                                  layer.mutable_unary()->set_shift(-1);
                                })
                         .flatten("flat")
                         .inner_product("dense", 4 * 8 * 8, 3)
                         .softmax("probabilities")
                         .classifier({"0", "1", "2"})
                         .build();
  workspace.write(name, model::serialize_model(model));
}

std::string sweep_of(const std::string& model, const std::string& select, const std::string& backend = "reference") {
  return "name: gate\nstages:\n  - load: {model: " + model +
         ", dataset: {images: images.npy, labels: labels.npy}}\n"
         "  - quantize: {sweep: {function: linear, bits: [8, 6]}}\n  - evaluate: {backend: " +
         backend + "}\n  - select: {" + select + "}\n";
}

TEST(NanAnswers, FailTheGateAndAreNamed) {
  const Workspace workspace;
  write_nan_model(workspace, "nan.mlmodel");
  for (const char* backend : {"reference", "onednn"}) {
    const RunOutcome outcome = workspace.run(sweep_of("nan.mlmodel", "", backend), backend);
    EXPECT_EQ(outcome.exit_code, ExitCode::gate_failed);
    const goldilocks::Results& results = outcome.results;
    EXPECT_EQ(results.selection().chosen(), "");
    EXPECT_THAT(results.selection().reason(),
                AllOf(HasSubstr("none of 2 variants can be chosen"),
                      HasSubstr("its baseline nan has no finite answer for 30 of 30 samples")));
    EXPECT_THAT(results.findings(), Contains("nan has no finite answer for 30 of 30 samples"));
    EXPECT_THAT(results.findings(), Contains("nan_linear_6 has no finite answer for 30 of 30 samples"));
    const goldilocks::Evaluation& evaluation = results.variants(1).evaluation();
    EXPECT_EQ(evaluation.unanswered(), 30U);
    EXPECT_EQ(evaluation.top1_agreement(), 0);
    EXPECT_EQ(evaluation.accuracy(), 0);
    ASSERT_EQ(evaluation.differences_size(), 30);
    EXPECT_EQ(evaluation.differences(0).answer(), "");
    EXPECT_EQ(evaluation.differences(0).baseline_answer(), "");
  }
}

TEST(NanAnswers, OfABaselineMayBeAllowed) {
  const Workspace workspace;
  write_nan_model(workspace, "nan.mlmodel");
  const std::string yaml = sweep_of("nan.mlmodel", "max_drop: 0.01, allow_broken_baseline: true");
  const RunOutcome outcome = workspace.run(yaml);
  EXPECT_EQ(outcome.exit_code, ExitCode::done);
  EXPECT_EQ(outcome.results.selection().chosen(), "nan_linear_6");
  EXPECT_TRUE(outcome.results.selection().allow_broken_baseline());
  EXPECT_TRUE(workspace.parse(to_yaml(workspace.parse(yaml))).select->allow_broken_baseline);
  EXPECT_FALSE(workspace.parse(to_yaml(workspace.parse(sweep_of("nan.mlmodel", "")))).select->allow_broken_baseline);
  EXPECT_THAT(workspace.faults(sweep_of("nan.mlmodel", "allow_broken_baseline: perhaps")),
              HasSubstr("'allow_broken_baseline' must be"));
}

TEST(NanAnswers, OfAVariantAloneAreNeverChosen) {
  const Workspace workspace;
  write_nan_model(workspace, "nan.mlmodel");
  workspace.write("labels.npy", testing::own_answers(workspace));
  const std::string yaml =
      "stages:\n  - load: {models: [tiny.mlmodel, nan.mlmodel], dataset: {images: images.npy, labels: labels.npy}}\n"
      "  - evaluate: {backend: reference}\n  - select: {constraints: [{size: {at_most: 1000000}}]}\n";
  const RunOutcome outcome = workspace.run(yaml);
  EXPECT_EQ(outcome.exit_code, ExitCode::gate_failed);
  EXPECT_THAT(outcome.results.selection().reason(),
              HasSubstr("nan, the only variant, can't be chosen: it has no finite answer for 30 of 30 samples"));
}

TEST(BrokenBaselines, AreThoseThatAreRightNowhere) {
  const Workspace workspace;
  std::string labels = testing::own_answers(workspace);
  for (auto label = labels.end() - 30; label != labels.end(); ++label) *label = static_cast<char>((*label + 1) % 3);
  workspace.write("labels.npy", labels);
  const RunOutcome outcome = workspace.run(sweep_of("tiny.mlmodel", "max_drop: 1"));
  EXPECT_EQ(outcome.exit_code, ExitCode::gate_failed);
  EXPECT_THAT(outcome.results.selection().reason(), HasSubstr("its baseline tiny is right about none of 30 samples"));
  EXPECT_THAT(outcome.results.findings(),
              Contains(HasSubstr("tiny is right about none of 30 samples: its labels may")));
  EXPECT_EQ(workspace.run(sweep_of("tiny.mlmodel", "max_drop: 1, allow_broken_baseline: true"), "again").exit_code,
            ExitCode::done);
}

// All images are labelled "0". What is chosen on is answered so; what is proved on is answered otherwise.
TEST(BrokenBaselines, FailAProof) {
  const Workspace workspace;
  const std::string answers = testing::own_answers(workspace);
  const std::string_view of_image = std::string_view(answers).substr(answers.size() - 30);
  std::string labels = answers;
  std::fill(labels.end() - 30, labels.end(), 0);
  workspace.write("labels.npy", labels);
  const std::string yaml =
      "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy, split: {parts: "
      "{choose: "
      "0.5, prove: 0.5}, seed: 1}}}\n  - quantize: {sweep: {function: linear, bits: 16}}\n"
      "  - evaluate: {backend: reference, part: choose}\n  - select: {max_drop: 1}\n  - prove: {part: prove}\n";

  const std::size_t right = of_image.find('\0');
  const std::size_t wrong = of_image.find_first_not_of('\0');
  ASSERT_NE(right, std::string_view::npos);
  ASSERT_NE(wrong, std::string_view::npos);
  const std::string images = read_file(workspace / "images.npy");
  constexpr std::size_t bytes = 8 * 8 * 3;
  const std::size_t begin = images.size() - 30 * bytes;
  std::string chosen = images;
  for (const PlannedDataset& planned : workspace.plan(yaml).datasets) {
    for (const data::Sample& sample : planned.content->samples) {
      const std::size_t from = planned.part == "prove" ? wrong : right;
      chosen.replace(begin + std::stoul(sample.id) * bytes, bytes, images, begin + from * bytes, bytes);
    }
  }
  workspace.write("images.npy", chosen);
  const RunOutcome outcome = workspace.run(yaml);
  EXPECT_EQ(outcome.results.selection().chosen(), "tiny_linear_16");
  EXPECT_EQ(outcome.exit_code, ExitCode::gate_failed);
  EXPECT_FALSE(outcome.results.proof().passed());
  EXPECT_THAT(outcome.results.proof().reason(), HasSubstr("its baseline tiny is right about none of 15 samples"));
}

TEST(DiffRuns, FindsThatAVariantAnswersFewerSamples) {
  goldilocks::Results before;
  goldilocks::Variant& variant = *before.add_variants();
  variant.set_name("a");
  variant.mutable_evaluation()->set_samples(10);
  variant.mutable_evaluation()->set_mean_accuracy(0);
  goldilocks::Results after = before;
  after.mutable_variants(0)->mutable_evaluation()->set_unanswered(4);
  EXPECT_FALSE(diff_runs(before, before, 0.01).regressed());
  const RunsDiff diff = diff_runs(before, after, 0.01);
  EXPECT_TRUE(diff.regressed());
  EXPECT_THAT(diff.notes, Contains("a: no finite answer for 4 of 10 samples, before for 0"));
}

}  // namespace
}  // namespace goldilocks::pipeline
