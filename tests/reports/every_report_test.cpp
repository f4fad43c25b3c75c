// What holds for each bundled report alike.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/reports/reporting.hpp"

namespace {

using goldilocks::PluginError;
using goldilocks::testing::report_text;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using goldilocks::testing::write_report;
using testing::HasSubstr;

class EveryReport : public testing::TestWithParam<std::string> {};

TEST_P(EveryReport, WritesItsFileWhereThePathSays) {
  const auto files = write_report(GetParam(), to_json(small_results()), {{"path", std::string("tables/./a b.txt")}});
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.begin()->first, "tables/a b.txt");
  EXPECT_EQ(files.begin()->second, report_text(GetParam(), to_json(small_results())));
}

TEST_P(EveryReport, RefusesAPathThatIsNoFileInsideItsFolder) {
  for (const std::string path : {"", ".", "..", "/", "/tmp/report", "../report", "a/../../report", "a/"}) {
    EXPECT_THAT(
        [&] {
          write_report(GetParam(), to_json(small_results()), {{"path", path}});
        },
        testing::ThrowsMessage<PluginError>(HasSubstr("'" + path + "' is not a file inside the run's folder")));
  }
}

TEST_P(EveryReport, SaysWhyAFileCannotBeWritten) {
  const std::string too_long(300, 'n');
  EXPECT_THAT(
      [&] {
        write_report(GetParam(), to_json(small_results()), {{"path", too_long}});
      },
      testing::ThrowsMessage<PluginError>(HasSubstr("File name too long")));
}

INSTANTIATE_TEST_SUITE_P(Bundled, EveryReport, testing::Values("csv", "html", "json", "junit", "markdown", "sqlite"),
                         [](const auto& test) { return test.param; });

TEST(Reports, RefuseADocumentOfAnotherShape) {
  const nlohmann::ordered_json document = {{"variants", {{{"name", 5}, {"file", 6}}}}};
  for (const char* plugin : {"csv", "github", "junit", "markdown"}) {
    EXPECT_THAT([&] { write_report(plugin, document); },
                testing::ThrowsMessage<PluginError>(HasSubstr("an integer instead of a string")));
  }
}

// Fields at their default may be missing from the document; a report for people
// must not differ then.
TEST(Reports, ReadAMissingFieldAsItsDefault) {
  goldilocks::Results results = small_results();
  results.clear_notices();
  results.mutable_variants(2)->clear_options();
  results.mutable_selection()->clear_chosen();
  for (const auto& [plugin, options] : std::vector<std::pair<std::string, goldilocks::plugins::OptionValues>>{
           {"csv", {}}, {"csv", {{"style", std::string("plain")}}}, {"junit", {}}, {"markdown", {}}}) {
    EXPECT_EQ(report_text(plugin, to_json(results, false), options), report_text(plugin, to_json(results), options));
  }
}

}  // namespace
