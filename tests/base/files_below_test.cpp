#include "core/base/files_below.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/litter.hpp"
#include "core/base/paths.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class FilesBelow : public ::testing::Test {
 protected:
  void add(const std::string& name) const { write_file_atomically(folder_ / name, name); }

  const testing::TemporaryFolder folder_;
};

TEST_F(FilesBelow, AreInTheOrderOfTheirNamesAtAnyDepth) {
  for (const char* name : {"b/z", "b/a/x", "a", "c"}) add(name);
  fs::create_directory(folder_ / "empty");
  EXPECT_THAT(files_below(folder_.path()), ElementsAre("a", "b/a/x", "b/z", "c"));
}

TEST_F(FilesBelow, LinksAreFollowedButNotInCircles) {
  add("in/x");
  const testing::TemporaryFolder elsewhere;
  write_file_atomically(elsewhere / "y", std::string_view("y"));
  fs::create_directory_symlink(elsewhere.path(), folder_ / "in" / "link");
  fs::create_directory_symlink(".", folder_ / "in" / "itself");
  fs::create_directory_symlink("..", folder_ / "in" / "above");
  fs::create_symlink("loop", folder_ / "loop");
  fs::create_symlink("nowhere", folder_ / "dangling");
  fs::create_directory_symlink(folder_.path(), elsewhere / "back");
  EXPECT_THAT(files_below(folder_.path()), ElementsAre("dangling", "in/link/y", "in/x", "loop"));
}

TEST_F(FilesBelow, WhatIsLeftOutIsNotEntered) {
  for (const char* name : {"a/.DS_Store", "a/x", "__MACOSX/a/x", "@eaDir/x", ".git/x"}) add(name);
  EXPECT_THAT(files_below(folder_.path(), is_litter), ElementsAre(".git/x", "a/x"));
  EXPECT_THAT(files_below(folder_.path(), is_hidden_or_litter), ElementsAre("a/x"));
}

TEST_F(FilesBelow, AFolderThatIsNoneIsAnError) {
  add("file");
  EXPECT_THAT(
      [&] { files_below(folder_ / "missing"); },
      ::testing::ThrowsMessage<FileError>(::testing::HasSubstr("missing: can't read: No such file or directory")));
  EXPECT_THAT([&] { files_below(folder_ / "file"); },
              ::testing::ThrowsMessage<FileError>(::testing::HasSubstr("file: can't read: Not a directory")));
}

TEST(Litter, IsKnownByName) {
  for (const char* name : {".DS_Store", "._x.jpg", "Thumbs.db", "thumbs.db", "desktop.ini", "a/b/Desktop.ini",
                           "__MACOSX", "@eaDir", "$RECYCLE.BIN", ".nfs000000000001", "Icon\r"}) {
    EXPECT_TRUE(is_litter(name)) << name;
  }
  for (const char* name : {"x.jpg", "DS_Store", ".git", ".hidden", "README.md", "thumbs.db.jpg", "Icon", ""}) {
    EXPECT_FALSE(is_litter(name)) << name;
  }
}

TEST(Litter, AFolderOfNothingElseIsAsGoodAsEmpty) {
  const testing::TemporaryFolder folder;
  EXPECT_TRUE(is_folder_of_litter(folder.path()));
  write_file_atomically(folder / ".DS_Store", std::string_view("x"));
  EXPECT_TRUE(is_folder_of_litter(folder.path()));
  write_file_atomically(folder / "x", std::string_view("x"));
  EXPECT_FALSE(is_folder_of_litter(folder.path()));
  EXPECT_FALSE(is_folder_of_litter(folder / "missing"));
}

TEST(Paths, QuestionsNeverThrow) {
  const testing::TemporaryFolder folder;
  fs::create_symlink("loop", folder / "loop");
  for (const fs::path& path : {folder / "loop", folder / std::string(5000, 'x'), folder / "loop" / "x", fs::path()}) {
    EXPECT_FALSE(is_there(path));
    EXPECT_FALSE(is_folder(path));
    EXPECT_FALSE(is_plain_file(path));
  }
  EXPECT_TRUE(is_folder(folder.path()));
  EXPECT_EQ(absolute_path(folder / "a" / ".." / "b"), folder / "b");
}

}  // namespace
}  // namespace goldilocks
