// Reads the #include lines of the tree and checks that each points down the floors of docs/architecture.md.
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/file.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;

// What the files of a folder may include, beside their own folder and the standard and third-party headers.
const std::map<std::string, std::set<std::string>> simple_rooms = {
    {"core/base", {}},
    {"core/model", {"core/base", "coreml"}},
    {"core/lowering", {"core/base", "core/model", "coreml", "sdk", "sdk/graph"}},
    {"core/data", {"core/base"}},
    {"core/plugins", {"core/base", "sdk"}},
    {"core/runtime", {"core/base", "core/model", "core/lowering", "core/data", "core/plugins", "coreml", "sdk"}},
    {"core/library", {"core/base", "core/data", "core/plugins", "core/runtime", "sdk"}},
    {"core/evaluation", {"core/base"}},
    {"core/store", {"core/base"}},
    {"sdk", {}},
    {"sdk/graph", {"sdk"}},
    {"plugins/quantizers", {"sdk"}},
    {"plugins/backends", {"sdk", "sdk/graph"}},
    {"plugins/reports", {"sdk"}},
};

// The floors of the pipeline, from the lowest. Each may include those below it, and what every one of them may include.
const std::vector<std::string> pipeline_floors = {"core/pipeline/quantization",
                                                  "core/pipeline/yaml",
                                                  "core/pipeline/predictions",
                                                  "core/pipeline/widths",
                                                  "core/pipeline/plan",
                                                  "core/pipeline/tasks",
                                                  "core/pipeline/results",
                                                  "core/pipeline/release",
                                                  "core/pipeline/single",
                                                  "core/pipeline",
                                                  "core/cli"};
const std::set<std::string> below_the_pipeline = {
    "core/base",       "core/model", "core/lowering", "core/data", "core/plugins", "core/runtime",
    "core/evaluation", "core/store", "coreml",        "documents", "sdk"};

std::map<std::string, std::set<std::string>> with_pipeline(std::map<std::string, std::set<std::string>> rooms) {
  std::set<std::string> below = below_the_pipeline;
  for (const std::string& floor : pipeline_floors) {
    rooms[floor] = below;
    below.insert(floor);
  }
  return rooms;
}

const std::map<std::string, std::set<std::string>> allowed = with_pipeline(simple_rooms);

// The room that a file lies in: the longest folder of those above that holds it.
std::string room_of_file(const std::string& path) {
  std::string best;
  for (const auto& [room, unused] : allowed) {
    if (path.starts_with(room + "/") && room.size() > best.size()) best = room;
  }
  return best;
}

// The room that an included header belongs to, or "" for headers of others.
std::string room_of_header(const std::string& header) {
  if (header.starts_with("core/") || header.starts_with("plugins/")) return room_of_file(header);
  if (header == "goldilocks/runtime.hpp") return "core/runtime";
  if (header.starts_with("goldilocks/graph/")) return "sdk/graph";
  if (header.ends_with(".pb.h")) return header.starts_with("coreml/") ? "coreml" : "documents";
  if (header.starts_with("goldilocks/")) return "sdk";
  return "";
}

TEST(Includes, PointDownTheFloors) {
  const fs::path top = GOLDILOCKS_SOURCE_DIR;
  const std::regex include(R"(^\s*#include\s+[<"]([^>"]+)[>"])");
  std::size_t checked = 0;
  for (const char* folder : {"core", "sdk", "plugins"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp" && extension != ".h") continue;
      const std::string path = fs::relative(entry.path(), top);
      const std::string room = room_of_file(path);
      if (path.starts_with("sdk/template")) continue;
      ASSERT_FALSE(room.empty()) << path << " lies in no known room";
      std::istringstream lines(read_file(entry.path()));
      for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        const std::string target = room_of_header(match[1]);
        if (target.empty() || target == room) continue;
        EXPECT_TRUE(allowed.at(room).contains(target)) << path << " includes " << match[1] << " of " << target;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 50U) << "the includes were not found";
}

// A bundled plugin may share nothing with another one, so that each could be moved out of the tree.
TEST(Includes, PluginsDontShareFiles) {
  const fs::path top = GOLDILOCKS_SOURCE_DIR;
  const std::regex include(R"(^\s*#include\s+"([^"]+)\")");
  for (const auto& entry : fs::recursive_directory_iterator(top / "plugins")) {
    const std::string extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".hpp") continue;
    std::istringstream lines(read_file(entry.path()));
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      // A header may also be generated from a template that lies there.
      const fs::path beside = entry.path().parent_path() / match[1].str();
      EXPECT_TRUE(fs::exists(beside) || fs::exists(beside.string() + ".in"))
          << entry.path() << " includes " << match[1] << ", which is not beside it";
    }
  }
}

}  // namespace
}  // namespace goldilocks
