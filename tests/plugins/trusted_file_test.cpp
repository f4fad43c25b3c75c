#include "core/plugins/trusted_file.hpp"

#include <unistd.h>

#include <fstream>

#include "tests/plugins/library_folder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;
using ::goldilocks::testing::TemporaryFolder;
using ::testing::HasSubstr;

// A folder with a folder `inner` and a file in it, each writable by its owner alone.
class TrustedFile : public ::testing::Test {
 protected:
  TrustedFile() {
    fs::create_directory(inner_);
    fs::permissions(inner_, fs::perms(0755));
    std::ofstream(file_) << "code";
    fs::permissions(file_, fs::perms(0755));
  }

  TemporaryFolder folder_;
  const fs::path inner_ = folder_ / "inner";
  const fs::path file_ = inner_ / "file.so";
};

TEST_F(TrustedFile, OwnFileInAnOwnFolderIsTrusted) {
  EXPECT_EQ(reason_to_distrust(file_), "");
  EXPECT_EQ(reason_to_distrust("/bin/sh"), "");
}

TEST_F(TrustedFile, AFileThatAnyoneMayWriteIsNot) {
  fs::permissions(file_, fs::perms(0757));
  EXPECT_EQ(reason_to_distrust(file_), file_.string() + " can be written by other users");
}

TEST_F(TrustedFile, AFolderAboveThatAnyoneMayWriteIsNot) {
  fs::permissions(inner_, fs::perms(0777));
  EXPECT_EQ(reason_to_distrust(file_), "folder " + inner_.string() + " can be written by other users");
  fs::permissions(inner_, fs::perms(0755));
  fs::permissions(folder_.path(), fs::perms(0777));
  EXPECT_EQ(reason_to_distrust(file_), "folder " + folder_.path().string() + " can be written by other users");
}

TEST_F(TrustedFile, AStickyFolderIsTrusted) {
  fs::permissions(inner_, fs::perms(01777));
  EXPECT_EQ(reason_to_distrust(file_), "");
}

TEST_F(TrustedFile, TheFoldersOfEveryLinkCount) {
  const fs::path open = folder_ / "open";
  fs::create_directory(open);
  // outer -> open/middle -> inner/file.so: whoever can write to `open` can send the link elsewhere.
  fs::create_symlink("../inner/file.so", open / "middle");
  fs::create_symlink("open/middle", folder_ / "outer");
  EXPECT_EQ(reason_to_distrust(folder_ / "outer"), "");
  fs::permissions(open, fs::perms(0777));
  EXPECT_EQ(reason_to_distrust(folder_ / "outer"), "folder " + open.string() + " can be written by other users");
  EXPECT_EQ(reason_to_distrust(file_), "");
}

TEST_F(TrustedFile, LinksInACircleAreRefused) {
  fs::create_symlink("b", folder_ / "a");
  fs::create_symlink("a", folder_ / "b");
  EXPECT_THAT(reason_to_distrust(folder_ / "a"), HasSubstr("too many symbolic links"));
}

TEST_F(TrustedFile, AMissingFileIsItsOwnReason) {
  EXPECT_EQ(reason_to_distrust(inner_ / "none"), (inner_ / "none").string() + ": No such file or directory");
}

TEST_F(TrustedFile, WhatBelongsToAnotherUserIsNotTrusted) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file to another user";
  constexpr uid_t nobody = 65534;
  ASSERT_EQ(::lchown(file_.c_str(), nobody, 0), 0);
  EXPECT_EQ(reason_to_distrust(file_), file_.string() + " belongs to another user");
  ASSERT_EQ(::lchown(file_.c_str(), 0, 0), 0);
  ASSERT_EQ(::lchown(inner_.c_str(), nobody, 0), 0);
  EXPECT_EQ(reason_to_distrust(file_), "folder " + inner_.string() + " belongs to another user");
  ASSERT_EQ(::lchown(inner_.c_str(), 0, 0), 0);
  fs::create_symlink(file_, folder_ / "link");
  ASSERT_EQ(::lchown((folder_ / "link").c_str(), nobody, 0), 0);
  EXPECT_EQ(reason_to_distrust(folder_ / "link"),
            "symbolic link " + (folder_ / "link").string() + " belongs to another user");
}

TEST_F(TrustedFile, AGroupOfOthersMayNotWrite) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file to another group";
  constexpr gid_t nogroup = 65534;
  ASSERT_EQ(::chown(file_.c_str(), 0, nogroup), 0);
  fs::permissions(file_, fs::perms(0775));
  EXPECT_EQ(reason_to_distrust(file_), file_.string() + " can be written by other users");
  ASSERT_EQ(::chown(file_.c_str(), 0, 0), 0);
  fs::permissions(file_, fs::perms(0775));
  EXPECT_EQ(reason_to_distrust(file_), "") << "root's group is trusted";
}

TEST_F(TrustedFile, ALibraryThatIsNotTrustedIsNotOpened) {
  const fs::path library = inner_ / "goldilocks-quantizer-short_lut.so";
  fs::copy_file(quantizer_library("short_lut"), library);
  Registry registry({inner_});
  fs::permissions(library, fs::perms(0777));
  EXPECT_EQ(plugin_error([&] { registry.quantizer("short_lut"); }),
            library.string() + ": refused, as " + library.string() + " can be written by other users");
  fs::permissions(library, fs::perms(0755));
  fs::permissions(inner_, fs::perms(0777));
  EXPECT_EQ(plugin_error([&] { registry.quantizer("short_lut"); }),
            library.string() + ": refused, as folder " + inner_.string() + " can be written by other users");
  fs::permissions(inner_, fs::perms(0755));
  EXPECT_EQ(registry.quantizer("short_lut").name, "short_lut") << "a refusal is not remembered";
}

}  // namespace
}  // namespace goldilocks::plugins
