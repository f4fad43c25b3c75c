#include "core/pipeline/release/publish.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/release/release_folder.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::Workspace;

std::string pipeline_with(const std::string& max_drop) {
  return R"(
name: gate
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - quantize: {sweep: {function: linear, bits: [16, 8]}}
  - evaluate: {backend: reference}
  - select: {constraints: [{mean_drop: {at_most: )" +
         max_drop + R"(}}]}
  - publish: {path: out/release, name: "dîner \"8\""}
)";
}

TEST(Publish, WritesTheChosenFileWithItsPapers) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(pipeline_with("1"));
  ASSERT_EQ(outcome.exit_code, ExitCode::done);
  const fs::path folder = workspace / "out/release";
  EXPECT_EQ(outcome.published, folder);
  EXPECT_TRUE(verify_release(folder).faults.empty());

  const std::string name = "dîner \"8\".mlmodel";
  const std::string chosen = outcome.results.selection().chosen();
  const auto before = model::load_model(workspace / ("run/" + chosen + ".mlmodel"));
  auto published = model::load_model(folder / name);
  auto& defined = *published->mutable_description()->mutable_metadata()->mutable_userdefined();
  EXPECT_EQ(defined.at("goldilocks.function"), "linear");
  EXPECT_EQ(defined.at("goldilocks.bits"), "8");
  EXPECT_EQ(defined.at("goldilocks.source_sha256"), outcome.results.variants(0).sha256());
  EXPECT_TRUE(defined.contains("goldilocks.mean_accuracy"));
  // Nothing but that was changed.
  defined.clear();
  if (!before->description().has_metadata()) published->mutable_description()->clear_metadata();
  EXPECT_EQ(model::serialize_model(*published), model::serialize_model(*before));

  const auto manifest = nlohmann::json::parse(read_file(folder / "manifest.json"));
  EXPECT_EQ(manifest["files"][0]["name"], name);
  EXPECT_EQ(manifest["variant"]["name"], chosen);
  EXPECT_EQ(manifest["source"]["sha256"], outcome.results.variants(0).sha256());
  EXPECT_EQ(manifest["selection"]["chosen"], chosen);
  EXPECT_EQ(manifest["baseline"]["name"], "tiny");
  EXPECT_EQ(manifest["variant"]["evaluation"]["differenceCount"], 0);
  EXPECT_THAT(manifest["pipeline"].get<std::string>(), ::testing::HasSubstr("max_drop: 1"));
}

TEST(Publish, TheManifestCountsTheSamplesThatDifferAndNamesAFew) {
  const Workspace workspace;
  const std::string run = R"(
name: gate
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - quantize: {sweep: {function: linear, bits: [1]}}
  - evaluate: {backend: reference}
  - select: {max_drop: 1}
  - publish: {path: release}
)";
  const RunOutcome outcome = workspace.run(run);
  const auto count = outcome.results.variants(1).evaluation().differences_size();
  ASSERT_GT(count, 3) << "one bit changes answers";
  const auto manifest = nlohmann::json::parse(read_file(workspace / "release/manifest.json"));
  const auto& evaluation = manifest["variant"]["evaluation"];
  EXPECT_EQ(evaluation["differenceCount"], count);
  ASSERT_EQ(evaluation["differences"].size(), 3U);
  EXPECT_FALSE(evaluation["differences"][0].contains("thumbnail"));
}

TEST(Publish, AFailedGatePublishesNothingAndLeavesTheEarlierRelease) {
  const Workspace workspace;
  const RunOutcome failed = workspace.run(pipeline_with("-1"));
  EXPECT_EQ(failed.exit_code, ExitCode::gate_failed);
  EXPECT_TRUE(failed.published.empty());
  EXPECT_FALSE(fs::exists(workspace / "out"));
  workspace.run(pipeline_with("1"));
  const std::string before = read_file(workspace / "out/release/SHA256SUMS");
  workspace.run(pipeline_with("-1"));
  EXPECT_EQ(read_file(workspace / "out/release/SHA256SUMS"), before);
}

TEST(Publish, AnEarlierRunCanBePublished) {
  const Workspace workspace;
  workspace.run(pipeline_with("-1"));
  const RunOutcome outcome = workspace.run(
      "stages: [{load: {results: run}}, {select: {max_drop: 1}}, {publish: {path: out, name: net}}]", "later");
  EXPECT_EQ(outcome.exit_code, ExitCode::done);
  EXPECT_TRUE(fs::exists(workspace / "out/net.mlmodel"));
}

TEST(Publish, AFolderInTheWayIsAnErrorBeforeAnythingRuns) {
  const Workspace workspace;
  workspace.write("out/release/mine.txt", "mine");
  EXPECT_THAT([&] { workspace.run(pipeline_with("1")); },
              ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("it was not published by goldilocks")));
  EXPECT_FALSE(fs::exists(workspace / "run"));
}

}  // namespace
}  // namespace goldilocks::pipeline
