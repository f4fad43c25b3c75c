#include "core/plugins/option_files.hpp"

#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::plugins {
namespace {

using ::goldilocks::testing::TemporaryFolder;

OptionSpec path_option(const std::string& name) {
  OptionSpec spec;
  spec.name = name;
  spec.type = OptionType::path;
  spec.default_value = std::string();
  return spec;
}

class OptionFiles : public ::testing::Test {
 protected:
  std::string hash(const std::filesystem::path& path) const {
    return hash_option_files({path_option("table")}, {{"table", path.string()}});
  }

  TemporaryFolder folder_;
};

TEST_F(OptionFiles, TheContentCountsAndTheNameDoesNot) {
  write_file_atomically(folder_ / "a", std::string_view("content"));
  write_file_atomically(folder_ / "b", std::string_view("content"));
  write_file_atomically(folder_ / "c", std::string_view("other"));
  EXPECT_EQ(hash(folder_ / "a"), hash(folder_ / "b"));
  EXPECT_NE(hash(folder_ / "a"), hash(folder_ / "c"));
}

TEST_F(OptionFiles, AFolderCountsWithNamesAndContents) {
  write_file_atomically(folder_ / "one" / "x" / "a", std::string_view("content"));
  write_file_atomically(folder_ / "one" / "b", std::string_view("more"));
  write_file_atomically(folder_ / "two" / "b", std::string_view("more"));
  write_file_atomically(folder_ / "two" / "x" / "a", std::string_view("content"));
  EXPECT_EQ(hash(folder_ / "one"), hash(folder_ / "two"));
  std::filesystem::rename(folder_ / "two" / "b", folder_ / "two" / "c");
  EXPECT_NE(hash(folder_ / "one"), hash(folder_ / "two"));
}

TEST_F(OptionFiles, WhatIsNotThereDiffersFromWhatIsEmpty) {
  write_file_atomically(folder_ / "empty", std::string_view());
  std::filesystem::create_directory(folder_ / "folder");
  EXPECT_NE(hash(folder_ / "missing"), hash(folder_ / "empty"));
  EXPECT_NE(hash(folder_ / "folder"), hash(folder_ / "empty"));
  EXPECT_EQ(hash(folder_ / "missing"), hash(""));
}

TEST_F(OptionFiles, OtherOptionsDoNotCount) {
  OptionSpec text;
  text.name = "text";
  EXPECT_EQ(hash_option_files({text}, {{"text", folder_.path().string()}}), hash_option_files({}, {}));
}

TEST_F(OptionFiles, TheOptionsNameCounts) {
  write_file_atomically(folder_ / "a", std::string_view("content"));
  const std::string file = (folder_ / "a").string();
  EXPECT_NE(hash_option_files({path_option("one"), path_option("two")}, {{"one", file}, {"two", ""}}),
            hash_option_files({path_option("one"), path_option("two")}, {{"one", ""}, {"two", file}}));
}

}  // namespace
}  // namespace goldilocks::plugins
