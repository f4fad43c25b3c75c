#include <fstream>

#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "core/plugins/json_nodes.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::plugins {
namespace {

using ::goldilocks::testing::TemporaryFolder;
using Json = nlohmann::ordered_json;

const ReportPlugin& outline() {
  static Registry registry({library_folder()});
  return registry.report("outline");
}

TEST(Report, ReadsTheDocumentAsItIs) {
  const TemporaryFolder folder;
  const Json results = Json::parse(R"({
    "zeta": true, "alpha": [1, -2.5, "caf\u00e9", null, []],
    "map": {"b": {}, "a": 9007199254740993}
  })");
  outline().write({}, results, folder.path());
  EXPECT_EQ(read_file(folder / "outline.txt"),
            "/zeta bool 1\n"
            "/alpha/0 integer 1\n"
            "/alpha/1 number -2.5\n"
            "/alpha/2 string caf\u00e9\n"
            "/alpha/3 null\n"
            "/map/a integer 9007199254740993\n"
            "missing missing 0 5 fallback 1\n");
}

TEST(Report, OptionsReachThePlugin) {
  const TemporaryFolder folder;
  outline().write({{"path", std::string("other.txt")}}, Json::object(), folder.path());
  EXPECT_TRUE(std::filesystem::exists(folder / "other.txt"));
}

TEST(Report, AMissingOrMistypedValueIsAnErrorThatNamesIt) {
  const TemporaryFolder folder;
  EXPECT_EQ(plugin_error([&] {
              outline().write({{"need", std::string("size")}}, Json::object(), folder.path());
            }),
            "report 'outline': the results have no 'size' here");
  EXPECT_EQ(plugin_error([&] {
              outline().write({{"need", std::string("size")}}, {{"size", "big"}}, folder.path());
            }),
            "report 'outline': the results hold a string instead of an integer");
}

TEST(Report, WritesIntoAnEmptyFolderOnly) {
  const TemporaryFolder folder;
  std::ofstream(folder / "there") << "already";
  EXPECT_THAT([&] { outline().write({}, Json::object(), folder.path()); },
              ::testing::ThrowsMessage<Error>(::testing::HasSubstr(": must be an empty folder")));
  EXPECT_THAT([&] { outline().write({}, Json::object(), folder / "missing"); },
              ::testing::ThrowsMessage<Error>(::testing::HasSubstr(": must be an empty folder")));
}

TEST(JsonNodes, AnswerWrongQuestionsWithNothing) {
  const glk_nodes& nodes = json_nodes();
  const Json document = Json::parse(R"({"list": [1], "large": 18446744073709551615, "text": "x", "real": 1.5})");
  const glk_node* map = as_node(document);
  const glk_node* list = nodes.find(map, "list");
  EXPECT_EQ(nodes.at(list, 1), nullptr);
  EXPECT_EQ(nodes.key(list, 0), nullptr);
  EXPECT_EQ(nodes.find(list, "x"), nullptr);
  EXPECT_EQ(nodes.find(map, nullptr), nullptr);
  EXPECT_EQ(nodes.get_string(list), nullptr);
  EXPECT_EQ(nodes.get_integer(nodes.find(map, "text")), 0);
  EXPECT_EQ(nodes.get_integer(nodes.find(map, "large")), INT64_MAX);
  EXPECT_EQ(nodes.get_integer(nodes.find(map, "real")), 0);
  EXPECT_EQ(nodes.get_number(nodes.find(map, "real")), 1.5);
  EXPECT_EQ(nodes.get_number(nodes.at(list, 0)), 1.0);
  EXPECT_EQ(nodes.get_bool(map), 0);
  EXPECT_EQ(nodes.size(nodes.find(map, "text")), 0U);
  EXPECT_EQ(nodes.kind(nullptr), GLK_NODE_NULL);
  EXPECT_EQ(nodes.size(nullptr), 0U);
  EXPECT_EQ(nodes.at(nullptr, 0), nullptr);
}

}  // namespace
}  // namespace goldilocks::plugins
