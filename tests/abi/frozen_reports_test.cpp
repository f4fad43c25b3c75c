// Report plugins that were built against the frozen headers, run by today's host.
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::plugins {
namespace {

using Json = nlohmann::ordered_json;

class FrozenReport : public ::testing::TestWithParam<std::string> {
 protected:
  const ReportPlugin& plugin() { return registry_.report(GetParam()); }

 private:
  Registry registry_{{library_folder()}};
};

INSTANTIATE_TEST_SUITE_P(V1, FrozenReport, ::testing::Values("frozen_report_c", "frozen_report_cpp"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(FrozenReport, ReadsEveryKindOfValue) {
  const testing::TemporaryFolder folder;
  const Json document = Json::parse(R"({
    "text": "caf\u00e9", "flag": true, "count": -9007199254740993, "share": 0.25, "nothing": null,
    "list": [1, {"inner": "x"}]
  })");
  plugin().write({{"path", std::string("a b.txt")}}, document, folder.path());
  EXPECT_EQ(read_file(folder / "a b.txt"),
            "document map 6\n"
            "text string caf\u00e9\n"
            "flag bool 1\n"
            "count integer -9007199254740993\n"
            "share number 0.25\n"
            "nothing null\n"
            "list list 2\n"
            "- integer 1\n"
            "- map 1\n"
            "inner string x\n");
}

TEST_P(FrozenReport, ReportsErrors) {
  const testing::TemporaryFolder folder;
  const std::string error = plugin_error([&] { plugin().write({}, {{"no such key", 1}}, folder.path()); });
  EXPECT_EQ(error, "report '" + GetParam() + "': found nothing");
}

TEST_P(FrozenReport, IsDescribed) {
  EXPECT_EQ(plugin().options.size(), 1U);
  EXPECT_EQ(to_text(plugin().options[0].default_value), "outline.txt");
}

}  // namespace
}  // namespace goldilocks::plugins
