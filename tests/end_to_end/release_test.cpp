// The release pipeline on the example that ships with the project: the gate passes, the gate fails, the release is
// checked.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/end_to_end/digits_files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using ::testing::AllOf;
using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::ProgramSettings;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

const std::string release_pipeline = GOLDILOCKS_SOURCE_DIR "/pipelines/release.yaml";

class Release : public ::testing::Test {
 protected:
  ProgramResult run(std::vector<std::string> more = {}) {
    ProgramSettings settings;
    settings.variables = {{"GOLDILOCKS_MODEL", model.string()},
                          {"GOLDILOCKS_IMAGES", digits_images},
                          {"GOLDILOCKS_LABELS", digits_labels},
                          {"GOLDILOCKS_RELEASE", release.string()}};
    std::vector<std::string> arguments = {"run",   release_pipeline, "--output", (folder / "run").string(),
                                          "--set", "name=my digits"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return goldilocks(folder / "store", arguments, settings);
  }
  ProgramResult verify() { return goldilocks(folder / "store", {"verify", release.string()}); }

  TemporaryFolder folder;
  fs::path release = folder / "a release";
  fs::path model = digits_model;
};

TEST_F(Release, LitterBreaksNeitherVerifyNorPublishingAnew) {
  ASSERT_EQ(run().exit_code, 0);
  for (const char* name : {".DS_Store", "._manifest.json", "Thumbs.db", "desktop.ini", "__MACOSX/x", "@eaDir/a/b"}) {
    write_file_atomically(release / name, std::string_view("x"));
  }
  const ProgramResult verified = verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.output;
  EXPECT_THAT(verified.output, ::testing::Not(HasSubstr("DS_Store")));
  ASSERT_EQ(run({"--set", "name=another"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(release / "another.mlmodel"));
  EXPECT_FALSE(fs::exists(release / ".DS_Store"));

  fs::remove_all(release);
  write_file_atomically(release / ".DS_Store", std::string_view("x"));
  EXPECT_EQ(run().exit_code, 0);
  write_file_atomically(release / ".hidden", std::string_view("x"));
  EXPECT_EQ(verify().exit_code, 1);
}

TEST_F(Release, WhatTheRunReadsIsNotReplaced) {
  ASSERT_EQ(run().exit_code, 0);
  const fs::path published = release / "my digits.mlmodel";
  model = published;
  const ProgramResult refused = run();
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("my digits.mlmodel: is an input of this command"));
  EXPECT_TRUE(fs::exists(published));
}

TEST_F(Release, TheGatePassesPublishesAndTheReleaseIsVerified) {
  const ProgramResult passed = run({"--json"});
  ASSERT_EQ(passed.exit_code, 0) << passed.errors;
  const auto results = nlohmann::json::parse(passed.output);  // one document and nothing else
  EXPECT_EQ(passed.output, read_file(folder / "run/results.json"));
  const std::string chosen = results.at("selection").at("chosen");
  EXPECT_TRUE(fs::exists(release / "my digits.mlmodel"));
  EXPECT_EQ(goldilocks(folder / "store", {"validate", (release / "my digits.mlmodel").string()}).exit_code, 0);
  EXPECT_THAT(read_file(release / "my digits.mlmodel"), HasSubstr("goldilocks.source_sha256"));
  EXPECT_THAT(read_file(folder / "run/junit.xml"), HasSubstr("failures=\"0\" errors=\"0\""));
  EXPECT_THAT(read_file(folder / "run/github/annotations.txt"),
              AllOf(HasSubstr("::notice title=release::240 samples are too few to show a mean_drop of at most 0.005: "),
                    HasSubstr(". " + chosen + " is the ")));
  // Where the release comes from stays out of the records.
  EXPECT_THAT(read_file(release / "manifest.json"), HasSubstr("${env:GOLDILOCKS_MODEL}"));

  EXPECT_EQ(verify().exit_code, 0);
  ProgramSettings inside;
  inside.folder = release;
  EXPECT_EQ(testing::run_program("/usr/bin/sha256sum", {"--check", "SHA256SUMS"}, inside).exit_code, 0);

  std::ofstream(release / "my digits.mlmodel", std::ios::app) << 'x';
  std::ofstream(release / "extra.txt") << 'x';
  const ProgramResult altered = verify();
  EXPECT_EQ(altered.exit_code, 1);
  EXPECT_THAT(altered.output, HasSubstr("my digits.mlmodel: was altered"));
  EXPECT_THAT(altered.output, HasSubstr("extra.txt: is not part of the release"));
  EXPECT_EQ(testing::run_program("/usr/bin/sha256sum", {"--check", "SHA256SUMS"}, inside).exit_code, 1);
  fs::remove(release / "my digits.mlmodel");
  EXPECT_THAT(verify().output, HasSubstr("my digits.mlmodel: is missing"));
  EXPECT_EQ(goldilocks(folder / "store", {"verify", folder.path().string()}).exit_code, 3);
}

TEST_F(Release, WhatIsPublishedStatesTheFiguresOfTheProof) {
  ASSERT_EQ(run().exit_code, 0);
  const auto results = nlohmann::json::parse(read_file(folder / "run/results.json"));
  const auto& proof = results.at("proof");
  EXPECT_TRUE(proof.at("passed"));
  EXPECT_EQ(proof.at("evaluation").at("dataset"), "images/prove");
  EXPECT_EQ(proof.at("evaluation").at("samples"), 360);
  for (const auto& variant : results.at("variants")) EXPECT_EQ(variant.at("evaluation").at("samples"), 240);
  const auto manifest = nlohmann::json::parse(read_file(release / "manifest.json"));
  EXPECT_EQ(manifest.at("proof").at("reason"), proof.at("reason"));
  EXPECT_THAT(read_file(folder / "run/junit.xml"),
              HasSubstr("<testsuite name=\"release: proof\" tests=\"3\" failures=\"0\""));
  const ProgramResult inspected = goldilocks(folder / "store", {"inspect", (release / "my digits.mlmodel").string()});
  EXPECT_THAT(inspected.output + read_file(release / "my digits.mlmodel"), HasSubstr("360"));
}

TEST_F(Release, AFailedProofPublishesNothing) {
  const ProgramResult failed = run({"--set", "max_drop=0.001"});
  EXPECT_EQ(failed.exit_code, 1) << failed.errors;
  EXPECT_THAT(failed.output,
              HasSubstr("proof FAILED: on 360 samples of images/prove, which took no part in the choice, "));
  EXPECT_FALSE(fs::exists(release));
  EXPECT_THAT(read_file(folder / "run/junit.xml"),
              HasSubstr("<testsuite name=\"release: proof\" tests=\"3\" failures=\"2\""));
  EXPECT_THAT(read_file(folder / "run/github/summary.md"), HasSubstr("**The gate failed: "));
}

TEST_F(Release, TheGateFailsAndNothingIsPublished) {
  const ProgramResult failed = run({"--set", "max_bytes=1000"});
  EXPECT_EQ(failed.exit_code, 1) << failed.errors;
  EXPECT_THAT(failed.output, HasSubstr("none of 15 variants is within the limits; the nearest is "));
  EXPECT_FALSE(fs::exists(release));
  const std::string junit = read_file(folder / "run/junit.xml");
  EXPECT_THAT(junit, HasSubstr("<failure message=\"none of 15 variants is within the limits"));
  EXPECT_THAT(junit, HasSubstr("name=\"size at most 1000\">"));
  EXPECT_THAT(read_file(folder / "run/github/annotations.txt"), HasSubstr("::error title=release::none of 15"));
}

TEST_F(Release, WithoutItsEnvironmentThePipelineIsAnErrorWithItsPlace) {
  const ProgramResult broken = goldilocks(folder / "store", {"validate", release_pipeline});
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_THAT(broken.errors, HasSubstr("release.yaml:27:"));
  EXPECT_THAT(broken.errors, HasSubstr("GOLDILOCKS_MODEL"));
}

// A process for each model: it takes some memory, and a model with more in it takes more.
TEST(TimedRun, MeasuresTheMemoryOfEachVariant) {
  const TemporaryFolder folder;
  std::ofstream(folder / "timed.yaml")
      << "stages:\n  - load: {model: " << digits_model << ", dataset: {images: " << digits_images
      << ", labels: " << digits_labels << "}}\n"
      << "  - quantize: {sweep: {function: linear, bits: [8]}}\n  - evaluate: {time: true, rounds: 6}\n"
      << "  - report: [json]\n";
  const ProgramResult result = goldilocks(
      folder / "store", {"run", (folder / "timed.yaml").string(), "--output", (folder / "run").string(), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto results = nlohmann::json::parse(result.output);
  for (const auto& variant : results.at("variants")) {
    const double memory = variant.at("cost").at("speed").at("peakMemoryMib");
    EXPECT_GT(memory, 5);
    EXPECT_LT(memory, 1000);
  }
}

}  // namespace
}  // namespace goldilocks
