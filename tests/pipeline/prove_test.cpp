// What is chosen on one part of the images is stated on another, and the gate is the statement's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "core/data/dataset.hpp"
#include "core/data/image.hpp"
#include "core/data/npy.hpp"
#include "core/data/split.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::Workspace;

std::string proving_pipeline(const std::string& evaluate, const std::string& select, const std::string& prove) {
  return R"(
name: gate
stages:
  - load:
      model: tiny.mlmodel
      dataset: {images: images.npy, labels: labels.npy, split: {parts: {choose: 0.5, prove: 0.5}}}
  - quantize: {sweep: {function: linear, bits: [16, 8, 2]}}
  - evaluate: {backend: reference, )" +
         evaluate + "}\n  - select: {" + select + "}\n" + prove + "  - report: [note]\n";
}

std::string proved(const std::string& limit) {
  return "  - prove: {part: prove, constraints: [" + limit + "]}\n  - publish: {path: out/release, name: net}\n";
}

const goldilocks::Evaluation& evaluation_of(const goldilocks::Results& results, const std::string& name) {
  for (const goldilocks::Variant& variant : results.variants()) {
    if (variant.name() == name) return variant.evaluation();
  }
  throw std::runtime_error("no variant " + name);
}

TEST(Prove, StatesTheFiguresOfTheChosenOneOnTheOtherPart) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(
      proving_pipeline("part: choose", "max_drop: 1", proved("{mean_drop: {at_most: 1}}, {size: {at_most: 99999}}")));
  EXPECT_EQ(outcome.exit_code, ExitCode::done);
  const goldilocks::Results& results = outcome.results;
  const std::string chosen = results.selection().chosen();
  ASSERT_TRUE(results.has_proof());
  const goldilocks::Proof& proof = results.proof();
  EXPECT_EQ(proof.variant(), chosen);
  EXPECT_TRUE(proof.passed());
  EXPECT_THAT(proof.reason(), StartsWith("on 15 samples of images/prove, which took no part in the choice, " + chosen +
                                         " keeps the limits (drop "));
  ASSERT_EQ(proof.outcomes_size(), 2);
  EXPECT_GT(proof.outcomes(1).value(), 100) << "the file's size";

  // The figures are those that an evaluation on that part alone has.
  const goldilocks::Results alone = workspace.run(proving_pipeline("part: prove", "max_drop: 1", ""), "alone").results;
  EXPECT_EQ(to_json_text(proof.baseline()), to_json_text(evaluation_of(alone, "tiny")));
  goldilocks::Evaluation expected = evaluation_of(alone, chosen);
  goldilocks::Evaluation stated = proof.evaluation();
  for (goldilocks::Evaluation* evaluation : {&expected, &stated}) {
    // Adjusted for as many variants as there were, and so the words.
    evaluation->clear_comparison();
    for (auto& difference : *evaluation->mutable_differences()) difference.clear_thumbnail();
  }
  EXPECT_EQ(to_json_text(stated), to_json_text(expected));
  EXPECT_EQ(proof.evaluation().comparison().p_value(), proof.evaluation().comparison().adjusted_p_value());

  // The parts are disjoint, and both described.
  ASSERT_EQ(results.datasets_size(), 2);
  EXPECT_EQ(results.datasets(0).name(), "images/choose");
  EXPECT_EQ(results.datasets(1).name(), "images/prove");
  EXPECT_EQ(results.datasets(0).samples() + results.datasets(1).samples(), 30U);

  // The release states what was proved.
  EXPECT_EQ(outcome.published, workspace / "out/release");
  const auto manifest = nlohmann::json::parse(read_file(workspace / "out/release/manifest.json"));
  EXPECT_EQ(manifest["proof"]["evaluation"]["meanAccuracy"], proof.evaluation().mean_accuracy());
}

TEST(Prove, RunsNothingButTheChosenOneAndItsBaselineAndIsTheSameAgain) {
  const Workspace workspace;
  const std::string yaml = proving_pipeline("part: choose", "max_drop: 1", proved("{mean_drop: {at_most: 1}}"));
  const RunOutcome with = workspace.run(yaml, "with", 2, "store");
  const RunOutcome without =
      workspace.run(proving_pipeline("part: choose", "max_drop: 1", ""), "without", 2, "another");
  EXPECT_EQ(with.computed, without.computed + 3) << "one set of images, and predictions of two models";
  const RunOutcome again = workspace.run(yaml, "again", 1, "store");
  EXPECT_EQ(again.computed, 0U);
  EXPECT_EQ(read_file(workspace / "again/results.json"), read_file(workspace / "with/results.json"));
  const auto timing = nlohmann::json::parse(read_file(workspace / "with/timing.json"));
  EXPECT_EQ(timing["tasksComputed"], with.computed);
}

TEST(Prove, AFailedProofFailsTheGateAndPublishesNothing) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(proving_pipeline(
      "part: choose", "max_drop: 1", proved("{mean_drop: {at_most: 1}}, {mean_accuracy: {at_least: 1.5}}")));
  EXPECT_EQ(outcome.exit_code, ExitCode::gate_failed);
  const goldilocks::Results& results = outcome.results;
  EXPECT_FALSE(results.selection().chosen().empty()) << "the choice stands";
  EXPECT_FALSE(results.proof().passed());
  EXPECT_TRUE(results.proof().outcomes(0).passed());
  EXPECT_FALSE(results.proof().outcomes(1).passed());
  EXPECT_THAT(results.proof().reason(), HasSubstr("doesn't keep the limits: its mean accuracy is"));
  EXPECT_FALSE(fs::exists(workspace / "out"));
  EXPECT_TRUE(fs::exists(workspace / "run/results.json")) << "and all is reported";
}

TEST(Prove, TakesTheLimitsOfTheChoiceAndAConfidenceOfItsOwn) {
  const Workspace workspace;
  const std::string select = "constraints: [{mean_drop: {at_most: 0.9}}]";
  const RunOutcome plain = workspace.run(proving_pipeline("part: choose", select, "  - prove: {part: prove}\n"));
  EXPECT_EQ(plain.exit_code, ExitCode::done);
  EXPECT_EQ(plain.results.proof().confidence(), 0);
  EXPECT_EQ(plain.results.proof().constraints(0).at_most(), 0.9);
  const RunOutcome sure =
      workspace.run(proving_pipeline("part: choose", select, "  - prove: {part: prove, confidence: 0.99}\n"));
  const goldilocks::Proof& proof = sure.results.proof();
  EXPECT_EQ(proof.confidence(), 0.99);
  EXPECT_EQ(proof.evaluation().comparison().drop().confidence(), 0.99);
  EXPECT_EQ(proof.outcomes(0).bound(), proof.evaluation().comparison().drop().upper());
  EXPECT_EQ(sure.results.variants(1).evaluation().comparison().drop().confidence(), 0.95) << "of the evaluate stage";
}

TEST(Prove, ItsWordsAreOfItsOwnLimitAndCostsAreThoseOfTheFile) {
  const Workspace workspace;
  const goldilocks::Results results =
      workspace
          .run(proving_pipeline("part: choose", "max_drop: 1",
                                "  - prove: {part: prove, constraints: [{zip_size: {at_most: 99999}}, "
                                "{mean_drop: {at_most: 0.875}}]}\n"))
          .results;
  EXPECT_THAT(results.proof().evaluation().comparison().verdict(), HasSubstr("the limit of 0.875"));
  std::size_t found = 0;
  for (const goldilocks::Variant& variant : results.variants()) {
    if (variant.name() != results.proof().variant()) continue;
    ++found;
    EXPECT_GT(variant.cost().zip_bytes(), 0U);
    EXPECT_EQ(results.proof().outcomes(0).value(), variant.cost().zip_bytes());
  }
  EXPECT_EQ(found, 1U);
}

const data::Split halves{.parts = {{"choose", 0.5}, {"prove", 0.5}}, .seed = 1};

// An image that can't be read is found when the proof reads its part, after the plan has described it.
TEST(Prove, DescribesItsPartAsItWasRead) {
  const Workspace workspace;
  for (int i = 0; i < 12; ++i) {
    const data::Image image{8, 8, 3, std::vector<std::uint8_t>(192, static_cast<std::uint8_t>(20 * i))};
    workspace.write("photos/" + std::to_string(i % 3) + "/" + std::to_string(i) + ".png", data::encode_png(image));
  }
  const data::Dataset photos = data::open_image_folder(workspace / "photos");
  const data::Sample& broken = photos.samples.at(data::split_parts(photos, halves).at(1).front());
  workspace.write(std::filesystem::relative(broken.file, workspace.path()), "no image");
  std::string yaml = proving_pipeline("part: choose", "max_drop: 1", proved("{mean_drop: {at_most: 1}}"));
  const std::string packed = "images: images.npy, labels: labels.npy";
  yaml.replace(yaml.find(packed), packed.size(), "images: photos, max_unusable: 1");
  const goldilocks::Results results = workspace.run(yaml).results;
  ASSERT_EQ(results.datasets_size(), 2);
  EXPECT_EQ(results.datasets(0).unusable_size(), 0);
  ASSERT_EQ(results.datasets(1).unusable_size(), 1);
  EXPECT_EQ(results.datasets(1).unusable(0).id(), broken.id);
}

// An index beyond an embedding's table, which stands among the proof's samples alone.
TEST(Prove, AFailureOnTheOtherPartIsOneOfTheRun) {
  const Workspace workspace;
  workspace.write("net.mlmodel",
                  model::serialize_model(testing::ModelBuilder(1)
                                             .array_input("x", {1})
                                             .layer("table",
                                                    [](auto& layer) {
                                                      auto& table = *layer.mutable_embedding();
                                                      table.set_inputdim(3);
                                                      table.set_outputchannels(3);
                                                      for (int i = 0; i < 9; ++i) {
                                                        table.mutable_weights()->add_floatvalue(i % 4 == 0 ? 1 : 0);
                                                      }
                                                    })
                                             .softmax("probabilities")
                                             .classifier({"0", "1", "2"})
                                             .build()));
  const auto write = [&](std::size_t bad) {
    std::string file = data::npy_header("|u1", std::vector<std::int64_t>{30, 1});
    for (std::size_t i = 0; i < 30; ++i) file += static_cast<char>(i == bad ? 9 : i % 3);
    workspace.write("x.npy", file);
  };
  std::string yaml = proving_pipeline("part: choose", "max_drop: 1", proved("{mean_drop: {at_most: 1}}"));
  for (const auto& [from, to] : {std::pair{"tiny.mlmodel", "net.mlmodel"}, std::pair{"images: images", "inputs: x"}}) {
    yaml.replace(yaml.find(from), std::string_view(from).size(), to);
  }
  write(99);
  data::Dataset dataset = data::open_array_samples(workspace / "x.npy", "", false);
  data::set_labels(dataset, workspace / "labels.npy");
  EXPECT_EQ(workspace.run(yaml, "good").exit_code, ExitCode::done);
  std::filesystem::remove_all(workspace / "out");

  write(data::split_parts(dataset, halves).at(1).front());
  const RunOutcome outcome = workspace.run(yaml);
  EXPECT_EQ(outcome.exit_code, ExitCode::plugin);
  ASSERT_EQ(outcome.failures.size(), 1U);
  EXPECT_THAT(outcome.failures[0], HasSubstr("index 9"));
  const std::string beginning = outcome.results.selection().chosen() + ": ";
  EXPECT_THAT(outcome.failures[0], StartsWith(beginning));
  EXPECT_EQ(outcome.failures[0].rfind(beginning), 0U) << "named once: " << outcome.failures[0];
  EXPECT_FALSE(outcome.results.selection().chosen().empty()) << "the choice stands";
  EXPECT_FALSE(outcome.results.has_proof());
  EXPECT_FALSE(fs::exists(workspace / "out"));
  EXPECT_TRUE(fs::exists(workspace / "run/results.json")) << "and all is reported";
}

TEST(Prove, NothingChosenIsNothingProved) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(
      proving_pipeline("part: choose", "constraints: [{size: {at_most: 1}}]", proved("{mean_drop: {at_most: 1}}")));
  EXPECT_EQ(outcome.exit_code, ExitCode::gate_failed);
  EXPECT_FALSE(outcome.results.has_proof());
}

TEST(Prove, AnEarlierRunsProofIsNotThatOfAnotherChoice) {
  const Workspace workspace;
  workspace.run(proving_pipeline("part: choose", "max_drop: 1", proved("{mean_drop: {at_most: 1}}")));
  EXPECT_TRUE(workspace.run("stages: [{load: {results: run}}, {report: note}]", "kept").results.has_proof());
  EXPECT_FALSE(
      workspace.run("stages: [{load: {results: run}}, {select: {max_drop: 1}}]", "chosen_again").results.has_proof());
}

TEST(Prove, IsRefusedWhereItWouldProveNothing) {
  const Workspace workspace;
  const auto faults = [&](const std::string& evaluate, const std::string& prove) {
    return workspace.faults(proving_pipeline(evaluate, "max_drop: 1", "  - prove: " + prove + "\n"));
  };
  EXPECT_EQ(faults("part: choose", "{part: prove}"), "");
  EXPECT_EQ(faults("metrics: kl", "{part: prove}"),
            "pipeline.yaml:10:5: 'evaluate' uses all samples, those of 'prove' too; give it a 'part'");
  EXPECT_EQ(faults("part: prove", "{part: prove}"),
            "pipeline.yaml:10:5: 'evaluate' uses the part 'prove' already; prove on another one");
  EXPECT_THAT(faults("part: choose", "{part: proof}"), HasSubstr("proof"));
  EXPECT_EQ(faults("part: choose", "{}"), "pipeline.yaml:10:12: 'prove' has no 'part'");
  EXPECT_THAT(faults("part: choose", "{part: prove, constraints: {no_such: {at_most: 1}}}"),
              HasSubstr("no metric 'no_such' is computed"));
  EXPECT_THAT(faults("part: choose, metrics: kl", "{part: prove, constraints: {snr: {at_least: 1}}}"),
              HasSubstr("the constraint on 'snr' needs this metric"));
  EXPECT_THAT(workspace.faults("stages: [{load: {model: tiny.mlmodel}}, {prove: {part: a}}]"),
              HasSubstr("'prove' needs an 'evaluate' and a 'select' stage before it"));
}

}  // namespace
}  // namespace goldilocks::pipeline
