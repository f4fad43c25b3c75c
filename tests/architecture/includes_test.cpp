// Reads the #include lines of the tree and checks that each points down the floors of docs/architecture.md.
#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;

// What the files of a folder may include, beside their own folder and the standard and third-party headers.
const std::map<std::string, std::set<std::string>> simple_rooms = {
    {"core/base", {}},
    {"core/weights", {"core/base"}},
    {"core/graph", {"core/base", "sdk", "sdk/graph"}},
    {"core/runtime/include", {}},  // the library's header: what models take and give, in words that the formats share
    {"core/formats/coreml",
     {"core/base", "core/formats", "core/formats/neural_network", "core/runtime/include", "coreml"}},
    {"core/formats/neural_network",
     {"core/base", "core/weights", "core/graph", "core/formats", "core/formats/coreml", "core/runtime/include",
      "coreml", "sdk", "sdk/graph"}},
    {"core/formats/feature_models",
     {"core/base", "core/graph", "core/formats", "core/formats/coreml", "coreml", "sdk", "sdk/graph"}},
    {"core/formats/ml_program",
     {"core/base", "core/weights", "core/graph", "core/formats", "core/formats/coreml", "coreml", "sdk", "sdk/graph"}},
    {"core/formats",
     {"core/base", "core/weights", "core/formats/coreml", "core/formats/neural_network", "core/formats/feature_models",
      "core/formats/ml_program", "core/runtime/include", "coreml", "sdk"}},
    {"core/data", {"core/base"}},
    {"core/plugins", {"core/base", "core/weights", "sdk"}},
    {"core/quantization", {"core/base", "core/weights", "core/plugins", "sdk"}},
    {"core/runtime", {"core/base", "core/formats", "core/data", "core/plugins", "core/runtime/include", "sdk"}},
    {"core/library", {"core/base", "core/data", "core/plugins", "core/runtime", "core/runtime/include", "sdk"}},
    {"core/evaluation", {"core/base"}},
    {"core/store", {"core/base"}},
    {"sdk", {}},
    {"sdk/affine", {"sdk"}},
    {"sdk/graph", {"sdk"}},
    {"plugins/quantizers", {"sdk", "sdk/affine"}},
    {"plugins/backends", {"sdk", "sdk/graph"}},
    {"plugins/reports", {"sdk"}},
};

// The floors of the pipeline, from the lowest. Each may include those below it, and what every one of them may include.
const std::vector<std::string> pipeline_floors = {"core/pipeline/quantization",
                                                  "core/pipeline/yaml",
                                                  "core/pipeline/predictions",
                                                  "core/pipeline/widths",
                                                  "core/pipeline/calibration",
                                                  "core/pipeline/plan",
                                                  "core/pipeline/tasks",
                                                  "core/pipeline/results",
                                                  "core/pipeline/release",
                                                  "core/pipeline/single",
                                                  "core/pipeline",
                                                  "core/cli"};
const std::set<std::string> below_the_pipeline = {"core/base",
                                                  "core/weights",
                                                  "core/formats",
                                                  "core/formats/coreml",
                                                  "core/formats/neural_network",
                                                  "core/data",
                                                  "core/plugins",
                                                  "core/quantization",
                                                  "core/runtime",
                                                  "core/runtime/include",
                                                  "core/evaluation",
                                                  "core/store",
                                                  "coreml",
                                                  "documents",
                                                  "sdk"};

std::map<std::string, std::set<std::string>> with_pipeline(std::map<std::string, std::set<std::string>> rooms) {
  std::set<std::string> below = below_the_pipeline;
  for (const std::string& floor : pipeline_floors) {
    rooms[floor] = below;
    below.insert(floor);
  }
  // The Python package is beside the command line.
  below.erase("core/cli");
  rooms["sdk/python"] = below;
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
  if (header == "goldilocks/runtime.hpp") return "core/runtime/include";
  if (header == "goldilocks/affine.hpp") return "sdk/affine";
  if (header.starts_with("goldilocks/graph/")) return "sdk/graph";
  if (header.ends_with(".pb.h")) return header.starts_with("coreml/") ? "coreml" : "documents";
  if (header.starts_with("goldilocks/")) return "sdk";
  return "";
}

struct Include {
  std::string file;    // from the top of the tree
  std::string header;  // as it is written
  std::string target;  // the same from the top of the tree
};

std::vector<Include> includes_below(const std::vector<std::string>& folders) {
  const fs::path top = GOLDILOCKS_SOURCE_DIR;
  const std::regex include(R"(^\s*#include\s+[<"]([^>"]+)[>"])");
  std::vector<Include> all;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp" && extension != ".h") continue;
      const std::string path = fs::relative(entry.path(), top);
      if (path.starts_with("sdk/template")) continue;
      std::istringstream lines(read_file(entry.path()));
      for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        const fs::path beside = entry.path().parent_path() / match[1].str();
        all.push_back({path, match[1], fs::exists(beside) ? fs::relative(beside, top).string() : match[1].str()});
      }
    }
  }
  return all;
}

TEST(Includes, PointDownTheFloors) {
  std::size_t checked = 0;
  for (const Include& include : includes_below({"core", "sdk", "plugins"})) {
    const std::string room = room_of_file(include.file);
    ASSERT_FALSE(room.empty()) << include.file << " lies in no known room";
    const std::string target =
        include.target == include.header ? room_of_header(include.header) : room_of_file(include.target);
    if (target.empty() || target == room) continue;
    EXPECT_TRUE(allowed.at(room).contains(target))
        << include.file << " includes " << include.header << " of " << target;
    ++checked;
  }
  EXPECT_GT(checked, 50U) << "the includes were not found";
}

// Whether a header is a format's own: one of those below core/formats/*/, the messages, and what takes a message.
bool is_of_one_format(const std::string& header) {
  return (header.starts_with("coreml/") && header.ends_with(".pb.h")) || header == "core/formats/open_message.hpp" ||
         (header.starts_with("core/formats/") && fs::path(header).parent_path() != "core/formats");
}

TEST(Includes, OfModelsOutsideOfTheFormatsAreTheInterface) {
  for (const Include& include : includes_below({"core"})) {
    if (include.file.starts_with("core/formats/")) continue;
    EXPECT_FALSE(is_of_one_format(include.target)) << include.file << " includes " << include.header;
  }
}

// What a kind of models and those who use it have in common; the rest of core/formats stands on the kinds.
TEST(Includes, OfTheKindsOfModelsDontGoUp) {
  const std::set<std::string> common = {"core/formats/format.hpp",        "core/formats/image_input.hpp",
                                        "core/formats/model_summary.hpp", "core/formats/model_weights.hpp",
                                        "core/formats/network.hpp",       "core/formats/passes.hpp",
                                        "core/formats/violation.hpp"};
  for (const Include& include : includes_below({"core/formats"})) {
    if (fs::path(include.file).parent_path() == "core/formats") continue;
    if (fs::path(include.target).parent_path() != "core/formats") continue;
    EXPECT_TRUE(common.contains(include.target)) << include.file << " includes " << include.header;
  }
}

// Whether a header is of the system, and not of the C or C++ standard library.
bool is_of_the_system(const std::string& header) {
  static const std::regex folders("(arpa|linux|mach|mach-o|net|netinet|sys)/.*");
  static const std::set<std::string> files = {
      "aio.h",   "dirent.h", "dlfcn.h",   "fcntl.h",    "glob.h",   "grp.h",       "langinfo.h", "link.h",
      "netdb.h", "poll.h",   "pthread.h", "pwd.h",      "sched.h",  "semaphore.h", "signal.h",   "spawn.h",
      "stdio.h", "syslog.h", "termios.h", "ucontext.h", "unistd.h", "utime.h"};
  return std::regex_match(header, folders) || files.contains(header);
}

// So that each call which can fail is made in one place, and another system needs another column there alone.
TEST(Includes, OfTheSystemAreBelowTheSeamAlone) {
  std::size_t at_the_seam = 0;
  for (const Include& include : includes_below({"core"})) {
    if (!is_of_the_system(include.header)) continue;
    if (include.file.starts_with("core/base/os/")) {
      ++at_the_seam;
    } else {
      ADD_FAILURE() << include.file << " includes " << include.header
                    << "; core/base/os is the one seam to the platform";
    }
  }
  EXPECT_GT(at_the_seam, 10U) << "the includes were not found";
}

// The plugin's folder, <plugins>/<kind>/<name>, that a file lies in; nothing above those.
fs::path own_folder(const fs::path& plugins, const fs::path& file) {
  const fs::path below = file.lexically_relative(plugins);
  if (std::distance(below.begin(), below.end()) < 3) return {};
  return plugins / *below.begin() / *std::next(below.begin());
}

// Whether what a file includes lies in the plugin's own folder, links followed. A header may also be generated from a
// template that lies there.
bool is_own(const fs::path& own, const fs::path& included) {
  if (!fs::exists(included) && !fs::exists(included.string() + ".in")) return false;
  const fs::path inside = fs::weakly_canonical(included).lexically_relative(fs::canonical(own));
  return !inside.empty() && *inside.begin() != "..";
}

// What plugins take from outside of their own folders: headers that they include by a path, and sources that they list.
std::vector<std::string> shared_files(const fs::path& plugins) {
  const std::regex include(R"(^\s*#include\s+"([^"]+)\")");
  const std::regex source(R"_((?:\.\./|\$\{(?:PROJECT|CMAKE)_SOURCE_DIR\})[^\s)"]*)_");
  std::vector<std::string> shared;
  for (const auto& entry : fs::recursive_directory_iterator(plugins)) {
    const std::string extension = entry.path().extension();
    const bool is_list = entry.path().filename() == "CMakeLists.txt";
    const fs::path own = own_folder(plugins, entry.path());
    if (own.empty() || !(is_list || extension == ".cpp" || extension == ".hpp")) continue;
    std::istringstream lines(read_file(entry.path()));
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_search(line, match, is_list ? source : include)) continue;
      if (!is_list && is_own(own, entry.path().parent_path() / match[1].str())) continue;
      shared.push_back(entry.path().lexically_relative(plugins).string() + ": " + match[0].str());
    }
  }
  return shared;
}

// So that each could be moved out of the tree. What several need is a public helper of the SDK.
TEST(Includes, PluginsDontShareFiles) {
  EXPECT_THAT(shared_files(fs::path(GOLDILOCKS_SOURCE_DIR) / "plugins"), ::testing::IsEmpty());
}

TEST(Includes, SharedFilesAreFound) {
  const testing::TemporaryFolder folder;
  const auto write = [&](const std::string& file, std::string_view content) {
    write_file_atomically(folder / file, content);
  };
  write("quantizers/common/common.hpp", "");
  write("quantizers/one/own.hpp", "");
  write("quantizers/one/one.cpp",
        "#include \"own.hpp\"\n#include \"../common/common.hpp\"\n#include \"missing.hpp\"\n");
  write("quantizers/one/deep/own.cpp", "#include \"../own.hpp\"\n#include \"link.hpp\"\n");
  fs::create_symlink("../../common/common.hpp", folder / "quantizers/one/deep/link.hpp");
  write("quantizers/one/CMakeLists.txt",
        "goldilocks_add_plugin(one SOURCES one.cpp deep/own.cpp ../common/common.cpp)\n");
  EXPECT_THAT(shared_files(folder.path()),
              ::testing::UnorderedElementsAre("quantizers/one/one.cpp: #include \"../common/common.hpp\"",
                                              "quantizers/one/one.cpp: #include \"missing.hpp\"",
                                              "quantizers/one/deep/own.cpp: #include \"link.hpp\"",
                                              "quantizers/one/CMakeLists.txt: ../common/common.cpp"));
}

}  // namespace
}  // namespace goldilocks
