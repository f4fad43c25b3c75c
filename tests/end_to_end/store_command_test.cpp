// The store as the program shows and prunes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ProgramResult;

class StoreCommand : public ::testing::Test {
 protected:
  ProgramResult run(const std::string& bits) const {
    const std::string model = std::string(GOLDILOCKS_SOURCE_DIR) + "/examples/digits/digits.mlmodel";
    const auto pipeline = folder_ / ("bits" + bits + ".yaml");
    write_file_atomically(pipeline, "stages: [{load: {model: '" + model +
                                        "'}}, {quantize: {sweep: {function: linear, bits: " + bits + "}}}]\n");
    return goldilocks(folder_ / "store", {"run", pipeline.string(), "--output", (folder_ / ("run" + bits)).string()});
  }

  ProgramResult store(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "store");
    return goldilocks(folder_ / "store", arguments);
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(StoreCommand, ListsWhatRunsHaveUsed) {
  ASSERT_EQ(run("8").exit_code, 0);
  const auto list = nlohmann::json::parse(store({"list", "--json"}).output);
  std::size_t quantized = 0;
  std::uint64_t bytes = 0;
  for (const auto& artifact : list.at("artifacts")) {
    EXPECT_EQ(artifact.at("run"), (folder_ / "run8").string()) << artifact;
    quantized += artifact.at("task") == "quantize digits_linear_8" ? 1 : 0;
    bytes += artifact.at("sizeBytes").get<std::uint64_t>();
  }
  EXPECT_EQ(quantized, 1U);
  EXPECT_EQ(list.at("bytes"), bytes);
  EXPECT_THAT(store({"list"}).output, HasSubstr("quantize digits_linear_8"));
}

TEST_F(StoreCommand, KeepsWhatTheLastRunsUsedAndTheNextRunMakesTheRestAgain) {
  ASSERT_EQ(run("8").exit_code, 0);
  ASSERT_EQ(run("4").exit_code, 0);
  EXPECT_THAT(store({"prune", "--keep-runs", "1", "--dry-run"}).output, HasSubstr("quantize digits_linear_8"));
  const ProgramResult pruned = store({"prune", "--keep-runs", "1"});
  ASSERT_EQ(pruned.exit_code, 0) << pruned.errors;
  EXPECT_THAT(run("4").output, HasSubstr("0 tasks computed, 1 taken from the store"));
  EXPECT_THAT(run("8").output, HasSubstr("1 tasks computed, 0 taken from the store"));
}

TEST_F(StoreCommand, TakesTimesAndSizesWithUnits) {
  ASSERT_EQ(run("8").exit_code, 0);
  EXPECT_THAT(store({"prune", "--older-than", "30d"}).output, HasSubstr("0 artifacts"));
  EXPECT_THAT(store({"prune", "--max-size", "1GB"}).output, HasSubstr("0 artifacts"));
  EXPECT_EQ(store({"prune", "--older-than", "30"}).exit_code, 2) << "without a unit";
  EXPECT_EQ(store({"prune", "--max-size", "some"}).exit_code, 2);
  EXPECT_EQ(store({"prune"}).exit_code, 2) << "it doesn't say what may go";
  ASSERT_EQ(store({"prune", "--max-size", "0"}).exit_code, 0);
  EXPECT_THAT(store({"list"}).output, HasSubstr("0 artifacts"));
}

}  // namespace
}  // namespace goldilocks
