#include "core/base/file.hpp"

#include <filesystem>
#include <iterator>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(File, WritesWholeFilesAndLeavesNothingElse) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "deep" / "name", std::string_view("first"));
  write_file_atomically(folder / "deep" / "name", std::string_view("second"));
  EXPECT_EQ(read_file(folder / "deep" / "name"), "second");
  EXPECT_EQ(entries(folder / "deep"), 1U);
}

TEST(File, AFailedWriteNamesThePathAndLeavesNothing) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "target" / "inside");
  try {
    write_file_atomically(folder / "target", std::string_view("content"));
    FAIL() << "nothing was thrown";
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find((folder / "target").string()), std::string::npos) << error.what();
  }
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(File, CopiesAreIndependent) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "a", std::string_view("content"));
  copy_file_atomically(folder / "a", folder / "b");
  struct stat a {};
  struct stat b {};
  ASSERT_EQ(::stat((folder / "a").c_str(), &a), 0);
  ASSERT_EQ(::stat((folder / "b").c_str(), &b), 0);
  EXPECT_NE(a.st_ino, b.st_ino);
  EXPECT_EQ(read_file(folder / "b"), "content");
}

TEST(File, MissingFilesAndFoldersAreErrorsWithTheirPath) {
  const testing::TemporaryFolder folder;
  EXPECT_THAT(
      [&] { MappedFile(folder / "missing"); },
      ::testing::ThrowsMessage<FileError>(::testing::HasSubstr("missing: can't read: No such file or directory")));
  EXPECT_THAT([&] { MappedFile{folder.path()}; },
              ::testing::ThrowsMessage<FileError>(::testing::HasSubstr(": can't read: Is a directory")));
}

TEST(File, AnEmptyFileMapsToNothing) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "empty", std::string_view(""));
  EXPECT_TRUE(MappedFile(folder / "empty").bytes().empty());
}

}  // namespace
}  // namespace goldilocks
