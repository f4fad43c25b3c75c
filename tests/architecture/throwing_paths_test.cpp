// The filesystem library's functions throw unless they are given an error_code to fill: for a loop of links, a folder
// that may not be entered, a name that is too long. Such an exception says nothing to a user, so none may arise in
// core: core/base/paths.hpp and files_below.hpp have what is asked most, and the rest takes an error_code.
#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/base/file.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;

// How many arguments each has without the error_code.
const std::map<std::string, int, std::less<>> functions = {{"absolute", 1},
                                                           {"canonical", 1},
                                                           {"copy", 2},
                                                           {"copy_file", 2},
                                                           {"create_directories", 1},
                                                           {"create_directory", 1},
                                                           {"create_symlink", 2},
                                                           {"current_path", 0},
                                                           {"directory_iterator", 1},
                                                           {"equivalent", 2},
                                                           {"exists", 1},
                                                           {"file_size", 1},
                                                           {"hard_link_count", 1},
                                                           {"is_directory", 1},
                                                           {"is_empty", 1},
                                                           {"is_regular_file", 1},
                                                           {"is_symlink", 1},
                                                           {"last_write_time", 1},
                                                           {"permissions", 2},
                                                           {"proximate", 1},
                                                           {"read_symlink", 1},
                                                           {"recursive_directory_iterator", 1},
                                                           {"relative", 2},
                                                           {"remove", 1},
                                                           {"remove_all", 1},
                                                           {"rename", 2},
                                                           {"resize_file", 2},
                                                           {"space", 1},
                                                           {"status", 1},
                                                           {"symlink_status", 1},
                                                           {"temp_directory_path", 0},
                                                           {"weakly_canonical", 1}};

// The arguments between the parenthesis at `open` and its partner.
std::string arguments_at(const std::string& text, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '(' || text[at] == '{') ++depth;
    if ((text[at] == ')' || text[at] == '}') && --depth == 0) return text.substr(open + 1, at - open - 1);
  }
  return text.substr(open + 1);
}

int count_of(const std::string& arguments) {
  if (arguments.find_first_not_of(" \n") == std::string::npos) return 0;
  int depth = 0;
  int count = 1;
  for (const char letter : arguments) {
    if (letter == '(' || letter == '{') ++depth;
    if (letter == ')' || letter == '}') --depth;
    if (letter == ',' && depth == 0) ++count;
  }
  return count;
}

// Every call in a source text that can throw; the text is as written.
std::vector<std::string> throwing_calls(const std::string& text) {
  std::vector<std::string> found;
  const std::regex call(R"((?:\bfs|std::filesystem)::(\w+)(?:\s+\w+)?\()");
  for (std::sregex_iterator match(text.begin(), text.end(), call), end; match != end; ++match) {
    const auto function = functions.find((*match)[1].str());
    if (function == functions.end()) continue;
    const auto open = static_cast<std::size_t>(match->position() + match->length()) - 1;
    const std::string arguments = arguments_at(text, open);
    const int count = count_of(arguments);
    // A status that was asked for already doesn't throw, and `directory_iterator()` is the end of a loop.
    const bool of_status = std::regex_search(arguments, std::regex(R"(^[\w:>.()-]*symlink_status\()"));
    const bool is_iterator = (*match)[1].str().ends_with("iterator");
    const bool is_end = is_iterator && count == 0;
    const bool in_range_for =
        is_iterator && text.substr(0, static_cast<std::size_t>(match->position())).ends_with(": ");
    if ((count <= function->second && !of_status && !is_end) || in_range_for) {
      found.push_back(match->str() + arguments + ")");
    }
  }
  const std::regex member(R"((?:->|\.)(?:is_(?:directory|regular_file|symlink)|file_size|symlink_status)\(\))");
  for (std::sregex_iterator match(text.begin(), text.end(), member), end; match != end; ++match) {
    found.push_back(match->str());
  }
  return found;
}

TEST(ThrowingPaths, AreFoundByThisTest) {
  EXPECT_EQ(throwing_calls("if (fs::exists(path)) {").size(), 1U);
  EXPECT_EQ(throwing_calls("fs::exists(path, error) || fs::exists(a(b, c))").size(), 1U);
  EXPECT_EQ(throwing_calls("auto a = std::filesystem::current_path();").size(), 1U);
  EXPECT_EQ(throwing_calls("fs::exists(fs::symlink_status(path, error))").size(), 0U);
  EXPECT_EQ(throwing_calls("fs::exists(fs::symlink_status(path))").size(), 1U);
  EXPECT_EQ(throwing_calls("for (const auto& entry : fs::directory_iterator(folder, error)) {").size(), 1U);
  EXPECT_EQ(
      throwing_calls("fs::directory_iterator entry(folder, error), end; entry != fs::directory_iterator()").size(), 0U);
  EXPECT_EQ(throwing_calls("if (entry->is_directory()) {").size(), 1U);
  EXPECT_EQ(throwing_calls("if (entry->is_directory(error)) {").size(), 0U);
}

TEST(ThrowingPaths, AreNotUsed) {
  const fs::path top = GOLDILOCKS_SOURCE_DIR;
  std::size_t files = 0;
  for (const char* folder : {"core", "plugins", "sdk"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      ++files;
      for (const std::string& call : throwing_calls(read_file(entry.path()))) {
        ADD_FAILURE() << fs::relative(entry.path(), top) << ": " << call << " can throw";
      }
    }
  }
  EXPECT_GT(files, 100U);
}

}  // namespace
}  // namespace goldilocks
