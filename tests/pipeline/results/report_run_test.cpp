// A report of an earlier run, and the schema that says what a run's document looks like.
#include "core/pipeline/results/report_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/results/results_schema.hpp"
#include "core/store/run_lock.hpp"
#include "tests/pipeline/schema_validator.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

goldilocks::Results small_document() {
  goldilocks::Results results;
  results.set_schema_version(results_schema_version);
  results.set_name("run");
  auto& variant = *results.add_variants();
  variant.set_name("one");
  variant.mutable_options()->insert({"range", "closed"});
  variant.mutable_evaluation()->set_mean_drop(0.5);
  return results;
}

class ReportRun : public ::testing::Test {
 protected:
  ReportRun() { write_file_atomically(run() / "results.json", to_json_text(small_document())); }

  std::filesystem::path run() const { return folder_ / "run"; }
  std::filesystem::path output() const { return folder_ / "out"; }
  std::vector<std::filesystem::path> report(const std::filesystem::path& run,
                                            const plugins::TextOptions& options = {}) {
    return report_run({.run = run, .format = "note", .options = options, .output = output()}, testing::registry());
  }
  // What is in the output's folder, by its names.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(output())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

 private:
  testing::TemporaryFolder folder_;
};

TEST_F(ReportRun, TakesTheFolderOrTheFileAndReplacesAnEarlierReport) {
  const auto files = report(run());
  ASSERT_EQ(files.size(), 1U);
  const std::string text = read_file(files[0]);
  write_file_atomically(files[0], "earlier");
  EXPECT_EQ(report(run() / "results.json"), files);
  EXPECT_EQ(read_file(files[0]), text);
  EXPECT_THAT(names(), ElementsAre("notes"));
}

TEST_F(ReportRun, SaysWhatIsWrongWithTheRun) {
  EXPECT_THAT([&] { report(output()); }, ThrowsMessage<FileError>(HasSubstr("out")));
  std::filesystem::create_directories(output());
  EXPECT_THAT([&] { report(output()); }, ThrowsMessage<UsageError>(HasSubstr("there is no results.json in it")));
  write_file_atomically(run() / "results.json", std::string_view("{"));
  EXPECT_THAT([&] { report(run()); }, ThrowsMessage<DataError>(HasSubstr("cut short")));
}

TEST_F(ReportRun, KeepsOutOfFoldersThatARunIsWriting) {
  {
    const store::RunLock lock(run());
    EXPECT_THAT([&] { report(run()); }, ThrowsMessage<FileError>(HasSubstr("another run")));
  }
  const store::RunLock lock(output());
  EXPECT_THAT([&] { report(run()); }, ThrowsMessage<FileError>(HasSubstr("another run")));
  EXPECT_THAT(names(), ElementsAre(".lock"));
}

TEST_F(ReportRun, KnowsTheReportsOptions) {
  EXPECT_THAT([&] { report(run(), {{"no_such", "x"}}); }, ThrowsMessage<UsageError>(HasSubstr("no_such")));
}

// The validator knows no references: each is put in its place. No message holds itself.
nlohmann::json without_references(const nlohmann::json& schema, const nlohmann::json& definitions) {
  if (schema.is_object() && schema.contains("$ref")) {
    const auto name = schema["$ref"].get<std::string>().substr(std::string("#/definitions/").size());
    return without_references(definitions.at(name), definitions);
  }
  nlohmann::json result = schema;
  if (schema.is_structured()) {
    for (auto& value : result) value = without_references(nlohmann::json(value), definitions);
  }
  return result;
}

nlohmann::json plain_schema() {
  nlohmann::json schema = results_schema();
  const nlohmann::json definitions = schema["definitions"];
  schema.erase("definitions");
  return without_references(schema, definitions);
}

TEST(ResultsSchema, TakesWhatIsWritten) {
  EXPECT_EQ(testing::schema_fault(plain_schema(), to_ordered_json(small_document())), "");
}

TEST(ResultsSchema, RefusesWhatIsNot) {
  const nlohmann::json document = to_ordered_json(small_document());
  auto broken = document;
  broken["variants"][0]["sizeBytes"] = "12";
  EXPECT_EQ(testing::schema_fault(plain_schema(), broken), "/variants/0/sizeBytes: wrong type");
  broken = document;
  broken["variants"][0].erase("name");
  EXPECT_EQ(testing::schema_fault(plain_schema(), broken), "/variants/0: no name");
  broken = document;
  broken["variants"][0]["options"]["range"] = 1;
  EXPECT_EQ(testing::schema_fault(plain_schema(), broken), "/variants/0/options/range: wrong type");
  auto later = document;
  later["somethingNew"] = true;
  EXPECT_EQ(testing::schema_fault(plain_schema(), later), "");
}

}  // namespace
}  // namespace goldilocks::pipeline
