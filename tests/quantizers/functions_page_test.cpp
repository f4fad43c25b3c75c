#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "tests/quantizers/bundled.hpp"

namespace goldilocks::testing {
namespace {

TEST(FunctionsPage, HasASectionForEveryFunctionWithItsOptionsAndWhenToUseIt) {
  const std::string page = read_file(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "docs/functions.md");
  const std::vector<std::string> names = bundled_plugins().names(plugins::Kind::quantizer);
  ASSERT_GE(names.size(), 8U) << "the bundled functions were not found";
  for (const std::string& name : names) {
    const plugins::QuantizerPlugin& plugin = bundled_plugins().quantizer(name);
    if (name == "kmeans") continue;  // another name of kmeans_lut
    const std::size_t begin = page.find("\n## " + name + "\n");
    ASSERT_NE(begin, std::string::npos) << name;
    const std::string section = page.substr(begin, page.find("\n## ", begin + 1) - begin);
    EXPECT_NE(section.find("**Use it**"), std::string::npos) << name;
    for (const plugins::OptionSpec& option : plugin.options) {
      EXPECT_NE(section.find("`" + option.name + "`"), std::string::npos) << name << ": " << option.name;
    }
  }
}

}  // namespace
}  // namespace goldilocks::testing
