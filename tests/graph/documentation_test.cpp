// The page of operations and the kit speak of the same operations.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::graph {
namespace {

// An operation is introduced by a heading (### a, b) or as the first cell of a table whose head says "operation".
std::set<std::string> documented_operations() {
  std::ifstream page(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "docs" / "operations.md");
  std::set<std::string> names;
  bool table_of_operations = false;
  const std::regex name("[a-z0-9_]+"), row("\\| `([a-z0-9_]+)` .*");
  for (std::string line; std::getline(page, line);) {
    std::smatch match;
    if (line.starts_with("### ")) {
      const std::string heading = line.substr(4);
      for (std::sregex_iterator word(heading.begin(), heading.end(), name), end; word != end; ++word) {
        names.insert(word->str());
      }
    }
    if (!line.starts_with("|")) table_of_operations = false;
    if (line.starts_with("| operation |")) table_of_operations = true;
    if (table_of_operations && std::regex_match(line, match, row)) names.insert(match[1]);
  }
  return names;
}

TEST(OperationsPage, HasEveryOperationOfTheKitAndNoOther) {
  std::set<std::string> registered;
  for (const Kernel& kernel : kernels()) registered.emplace(kernel.type);
  EXPECT_EQ(documented_operations(), registered);
}

TEST(FindKernel, FindsEachAndNothingElse) {
  for (const Kernel& kernel : kernels()) EXPECT_EQ(find_kernel(kernel.type)->type, kernel.type);
  EXPECT_EQ(find_kernel("convolutio"), nullptr);
  EXPECT_EQ(find_kernel(""), nullptr);
  EXPECT_EQ(find_kernel("zzz"), nullptr);
}

}  // namespace
}  // namespace goldilocks::graph
