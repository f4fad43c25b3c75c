#include "core/pipeline/results_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;

goldilocks::Results with_options() {
  goldilocks::Results results;
  results.set_schema_version(results_schema_version);
  results.set_name("run");
  auto& variant = *results.add_variants();
  for (const char* name : {"z", "m", "a", "k", "b", "y", "c"}) variant.mutable_options()->insert({name, "one"});
  variant.mutable_evaluation()->set_mean_drop(0);
  return results;
}

TEST(ResultsJson, MapsAreOrderedByKeySoThatTheBytesAreTheSame) {
  const std::string text = to_json_text(with_options());
  EXPECT_THAT(text, HasSubstr(R"("options": {
        "a": "one",
        "b": "one",
        "c": "one",
        "k": "one",
        "m": "one",
        "y": "one",
        "z": "one"
      })"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(to_json_text(with_options()), text);
}

TEST(ResultsJson, ListsAndPlainValuesAreAlwaysThereAndUnsetOnesAreNot) {
  const auto json = to_ordered_json(with_options());
  EXPECT_TRUE(json.at("inputs").is_array());
  EXPECT_EQ(json.at("variants").at(0).at("sizeBytes"), 0);
  EXPECT_EQ(json.at("variants").at(0).at("evaluation").at("meanDrop"), 0.0);
  EXPECT_FALSE(json.at("variants").at(0).at("evaluation").contains("top1Agreement"));
  EXPECT_FALSE(json.contains("selection"));
}

TEST(ReadResults, ReturnsWhatWasWritten) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "results.json", to_json_text(with_options()));
  EXPECT_EQ(to_json_text(read_results(folder / "results.json")), to_json_text(with_options()));
}

TEST(ReadResults, RefusesWhatIsBrokenOrNewer) {
  const testing::TemporaryFolder folder;
  const auto message = [&](const std::string& text) {
    write_file_atomically(folder / "results.json", text);
    try {
      read_results(folder / "results.json");
      return std::string("nothing was thrown");
    } catch (const DataError& error) {
      return std::string(error.what()).substr((folder / "results.json").string().size());
    }
  };
  const std::string whole = to_json_text(with_options());
  EXPECT_THAT(message(whole.substr(0, whole.size() / 2)), HasSubstr(": not a results document: "));
  EXPECT_EQ(message("{}"), ": not a results document: no schemaVersion");
  EXPECT_EQ(message(R"({"schemaVersion": 99})"), ": its schema version 99 is newer than this program's, 1");
}

}  // namespace
}  // namespace goldilocks::pipeline
