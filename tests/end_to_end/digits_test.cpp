// The sweep of the example that ships with the project.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/end_to_end/digits_files.hpp"
#include "tests/end_to_end/run_folder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::TemporaryFolder;

TEST(Digits, TheSweepChoosesAFileAndReports) {
  const TemporaryFolder folder;
  const ProgramResult run =
      goldilocks(folder / "store", {"run", digits_pipeline, "--output", (folder / "run").string()});
  ASSERT_EQ(run.exit_code, 0) << run.errors;

  const auto results = nlohmann::json::parse(read_file(folder / "run" / "results.json"));
  const auto& variants = results.at("variants");
  EXPECT_GE(variants.size(), 28U);
  EXPECT_GE(variants.at(0).at("evaluation").at("meanAccuracy").get<double>(), 0.97);
  for (const auto& variant : variants) {
    const auto file = folder / "run" / variant.at("file").get<std::string>();
    EXPECT_EQ(std::filesystem::file_size(file), variant.at("sizeBytes").get<std::uint64_t>());
    EXPECT_EQ(goldilocks(folder / "store", {"validate", file.string()}).exit_code, 0) << file;
  }
  const std::string chosen = results.at("selection").at("chosen");
  EXPECT_FALSE(chosen.empty());
  EXPECT_THAT(run.output, HasSubstr(chosen));
  for (const auto& variant : variants) EXPECT_THAT(run.output, HasSubstr(variant.at("name").get<std::string>()));
}

class DigitsPipelines : public ::testing::TestWithParam<std::string> {};

TEST_P(DigitsPipelines, ASecondRunComputesNothingAndGivesTheSameBytes) {
  const TemporaryFolder folder;
  ASSERT_EQ(goldilocks(folder / "store", {"run", GetParam(), "--output", (folder / "first").string()}).exit_code, 0);
  const ProgramResult plan = goldilocks(folder / "store", {"plan", GetParam(), "--json"});
  ASSERT_EQ(plan.exit_code, 0) << plan.errors;
  for (const auto& task : nlohmann::json::parse(plan.output).at("tasks")) EXPECT_EQ(task.at("state"), "done") << task;
  ASSERT_EQ(goldilocks(folder / "store", {"run", GetParam(), "--output", (folder / "second").string()}).exit_code, 0);
  EXPECT_EQ(testing::contents(folder / "first"), testing::contents(folder / "second"));
}

TEST_P(DigitsPipelines, TheNumberOfThreadsChangesNoByte) {
  const TemporaryFolder folder;
  for (const char* threads : {"1", "4"}) {
    const auto store = folder / (std::string("store") + threads);
    ASSERT_EQ(
        goldilocks(store, {"--threads", threads, "run", GetParam(), "--output", (folder / threads).string()}).exit_code,
        0);
  }
  EXPECT_EQ(testing::contents(folder / "1"), testing::contents(folder / "4"));
}

INSTANTIATE_TEST_SUITE_P(BothFormats, DigitsPipelines, ::testing::Values(digits_pipeline, digits_program_pipeline));

TEST(Digits, BothFormatsAnswerAlikeAndTheProofHolds) {
  const TemporaryFolder folder;
  const ProgramResult run =
      goldilocks(folder / "store", {"run", digits_program_pipeline, "--output", (folder / "run").string()});
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("keeps the limit"));
  const auto results = nlohmann::json::parse(read_file(folder / "run" / "results.json"));
  for (const auto& variant : results.at("variants")) {
    const std::string file = (folder / "run" / variant.at("file").get<std::string>()).string();
    EXPECT_EQ(goldilocks(folder / "store", {"validate", file}).exit_code, 0) << file;
  }
  const ProgramResult compared =
      goldilocks(folder / "store", {"compare", digits_model, digits_program, "--dataset", digits_images, "--json"});
  ASSERT_EQ(compared.exit_code, 0) << compared.errors;
  EXPECT_GE(nlohmann::json::parse(compared.output).at("evaluation").at("top1Agreement").get<double>(), 0.998)
      << compared.output;
}

TEST(Digits, WhenNothingIsGoodEnoughTheGateFailsAndTheTableIsStillThere) {
  const TemporaryFolder folder;
  std::string text = read_file(digits_pipeline);
  const std::string bits = "bits: [16, 8, 7, 6, 5, 4, 3, 2, 1]";
  ASSERT_NE(text.find(bits), std::string::npos);
  text.replace(text.find(bits), bits.size(), "bits: [1]");
  ASSERT_NE(text.find("bits: [8]"), std::string::npos);
  text.replace(text.find("- linear_symmetric"),
               text.find('\n', text.find("- linear_symmetric")) - text.find("- linear_symmetric"), "");
  const auto examples = std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "examples";
  for (auto at = text.find("../examples"); at != std::string::npos; at = text.find("../examples")) {
    text.replace(at, 11, examples.string());
  }
  write_file_atomically(folder / "strict.yaml", text);
  const ProgramResult run =
      goldilocks(folder / "store", {"run", (folder / "strict.yaml").string(), "--output", (folder / "run").string()});
  EXPECT_EQ(run.exit_code, 1) << run.errors;
  EXPECT_TRUE(std::filesystem::exists(folder / "run" / "results.json"));
  EXPECT_THAT(run.output, HasSubstr("digits_kmeans_lut_1"));
}

}  // namespace
}  // namespace goldilocks
