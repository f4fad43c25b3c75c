// report and schema --results on a run of the example, and what is said of results that are none.
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "core/store/run_lock.hpp"
#include "tests/end_to_end/digits_files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using ::testing::AllOf;
using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::TemporaryFolder;

class Report : public ::testing::Test {
 protected:
  Report() {
    write_file_atomically(folder_ / "pipeline.yaml",
                          "name: digits\nstages:\n  - load: {model: \"" + digits_folder +
                              "/digits.mlmodel\", dataset: {images: \"" + digits_folder +
                              "/test/images.npy\", labels: \"" + digits_folder +
                              "/test/labels.npy\"}}\n  - quantize: {sweep: {function: linear, bits: [8, 4]}}\n"
                              "  - evaluate: {}\n  - select: {max_drop: 0.05}\n  - report: [html, csv, markdown]\n");
    const ProgramResult result = run({"run", (folder_ / "pipeline.yaml").string(), "--output", earlier()});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
  }

  std::string earlier() const { return (folder_ / "earlier").string(); }
  std::string output() const { return (folder_ / "out").string(); }
  ProgramResult run(std::vector<std::string> arguments) { return goldilocks(folder_ / "store", std::move(arguments)); }
  ProgramResult report(const std::string& of, const std::string& format) {
    return run({"report", of, "--format", format, "--output", output()});
  }

  TemporaryFolder folder_;
};

TEST_F(Report, OfAnEarlierRunIsTheSameAsThatRunsOwn) {
  for (const auto& [format, name] : std::vector<std::pair<std::string, std::string>>{
           {"html", "report.html"}, {"csv", "result.csv"}, {"markdown", "report.md"}}) {
    const ProgramResult result = report(earlier(), format);
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(result.output, output() + "/" + name + "\n");
    EXPECT_EQ(read_file(output() + "/" + name), read_file(earlier() + "/" + name)) << format;
  }
  EXPECT_EQ(report(earlier() + "/results.json", "json").exit_code, 0);
  EXPECT_EQ(report(earlier(), "no_such_report").exit_code, 4);
  EXPECT_EQ(run({"report", earlier()}).exit_code, 2) << "no format";
  EXPECT_EQ(run({"report", earlier(), "--format", "csv", "--option", "style=gothic", "-o", output()}).exit_code, 2);
}

TEST_F(Report, BrokenResultsAreAnErrorWithItsPlace) {
  const std::string whole = read_file(earlier() + "/results.json");
  const std::string file = (folder_ / "broken.json").string();
  write_file_atomically(folder_ / "again.yaml",
                        "name: again\nstages:\n  - load: {results: broken.json}\n  - select: {max_drop: 0.05}\n");
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {whole.substr(0, whole.size() / 2), ": the document is cut short here"},
           {read_file(earlier() + "/manifest.json"), ": not a results document: no schemaVersion"},
           {read_file(earlier() + "/plan.json"), ": not a results document: no variants"},
           {R"({"schemaVersion": 1, "variants": []})", ": a results document without variants"},
           {R"({"schemaVersion": 0, "variants": []})", ": its schema version 0 is older than"}}) {
    write_file_atomically(file, text);
    for (const ProgramResult& result :
         {report(file, "html"), run({"diff", earlier(), file}),
          run({"run", (folder_ / "again.yaml").string(), "--output", (folder_ / "again").string()})}) {
      EXPECT_EQ(result.exit_code, 3) << result.errors;
      EXPECT_THAT(result.errors, HasSubstr(file));
      EXPECT_THAT(result.errors, HasSubstr(message));
    }
  }
  EXPECT_FALSE(std::filesystem::exists(output()));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "again" / "results.json"));
}

TEST_F(Report, AFolderThatAnotherProcessIsWritingIsLeftAlone) {
  write_file_atomically(folder_ / "again.yaml", "name: again\nstages:\n  - load: {results: " + earlier() + "}\n" +
                                                    "  - select: {max_drop: 0.05}\n");
  const store::RunLock lock(earlier());
  for (const ProgramResult& result :
       {report(earlier(), "html"), run({"diff", earlier(), earlier()}),
        run({"run", (folder_ / "pipeline.yaml").string(), "--output", earlier()}),
        run({"run", (folder_ / "again.yaml").string(), "--output", (folder_ / "again").string()})}) {
    EXPECT_EQ(result.exit_code, 3) << result.errors;
    EXPECT_THAT(result.errors,
                AllOf(HasSubstr(earlier() + ": another run (process " + std::to_string(::getpid()) + " on "),
                      HasSubstr(") is writing this folder; wait until it has ended")));
  }
}

TEST_F(Report, TheSchemaOfResultsNamesWhatTheyHold) {
  const ProgramResult result = run({"schema", "--results"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto schema = nlohmann::json::parse(result.output);
  for (const auto& [key, value] : nlohmann::json::parse(read_file(earlier() + "/results.json")).items()) {
    EXPECT_TRUE(schema.at("properties").contains(key)) << key;
  }
}

}  // namespace
}  // namespace goldilocks
