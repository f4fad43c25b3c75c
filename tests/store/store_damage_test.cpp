// What a user, a full disk or a bad sector may do to a store: it reads as missing and can be made again, never as
// content.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/store/store.hpp"
#include "tests/store/keys.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::store {
namespace {

namespace fs = std::filesystem;
using testing::count_files;
using testing::key_of;

class DamagedStore : public ::testing::Test {
 protected:
  DamagedStore() : store_(folder_ / "store"), artifact_(store_.put(key_, "content", "notes")) {}

  fs::path record() const { return folder_ / "store" / "records" / key_.substr(0, 2) / (key_ + ".json"); }

  // A file is replaced, and not written to in place, so that its identity changes even within one tick of the clock.
  static void replace(const fs::path& file, std::string_view content) {
    fs::remove(file);
    std::ofstream(file, std::ios::binary) << content;  // not synced to disk, as hundreds of them are written
  }

  void expect_missing_and_makeable() {
    EXPECT_FALSE(store_.find(key_));
    EXPECT_FALSE(fs::exists(record()));
    EXPECT_FALSE(store_.contains(key_));
    EXPECT_EQ(read_file(store_.put(key_, "content", "again").file), "content");
    EXPECT_EQ(store_.find(key_)->notes, "again");
  }

  const testing::TemporaryFolder folder_;
  const std::string key_ = key_of("a");
  Store store_;
  const Artifact artifact_;
};

TEST_F(DamagedStore, ContentOfTheSameSizeButOtherBytesIsMissing) {
  replace(artifact_.file, "c0ntent");
  EXPECT_TRUE(store_.contains(key_)) << "plan doesn't read contents";
  EXPECT_FALSE(store_.find(key_));
  EXPECT_FALSE(fs::exists(artifact_.file));
  expect_missing_and_makeable();
}

TEST_F(DamagedStore, TruncatedContentIsMissing) {
  replace(artifact_.file, "conten");
  EXPECT_FALSE(store_.contains(key_));
  expect_missing_and_makeable();
}

TEST_F(DamagedStore, DeletedContentIsMissing) {
  fs::remove(artifact_.file);
  expect_missing_and_makeable();
}

TEST_F(DamagedStore, AFolderInTheContentsPlaceIsMissing) {
  fs::remove(artifact_.file);
  fs::create_directories(artifact_.file / "inside");
  EXPECT_FALSE(store_.find(key_));
  fs::remove_all(artifact_.file);
  expect_missing_and_makeable();
}

TEST_F(DamagedStore, ARecordTruncatedAtAnyByteIsMissing) {
  const std::string whole = read_file(record());
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {  // the last byte is only the line's end
    replace(record(), whole.substr(0, size));
    EXPECT_FALSE(store_.find(key_)) << size;
    EXPECT_FALSE(fs::exists(record())) << size;
  }
  expect_missing_and_makeable();
}

TEST_F(DamagedStore, AnEditedRecordIsMissing) {
  std::string text = read_file(record());
  text.replace(text.find("\"notes\": \"notes\""), 16, "\"notes\": \"Notes\"");
  replace(record(), text);
  expect_missing_and_makeable();
}

TEST_F(DamagedStore, ARecordFiledUnderAnotherKeyIsMissing) {
  const std::string other = key_of("b");
  const fs::path file = folder_ / "store" / "records" / other.substr(0, 2) / (other + ".json");
  write_file_atomically(file, read_file(record()));
  EXPECT_FALSE(store_.find(other));
  EXPECT_TRUE(store_.find(key_));
}

TEST_F(DamagedStore, AnotherKeyWithTheSameContentIsMissingToo) {
  const std::string other = key_of("b");
  store_.put(other, "content", "");
  replace(artifact_.file, "c0ntent");
  EXPECT_FALSE(store_.find(other));
  expect_missing_and_makeable();
  EXPECT_FALSE(store_.find(other));
}

TEST_F(DamagedStore, AFullDiskIsAnErrorAndLeavesNothing) {
  const std::size_t before = count_files(folder_.path());
  // A limit on the size of files makes write() fail half-way, as a disk does that fills up.
  testing::ChildProcess child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit { 10000, 10000 };
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      store_.put(key_of("b"), std::string(20000, 'x'), "");
      return 1;
    } catch (const FileError&) {
      return 0;
    }
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(count_files(folder_.path()), before);
  EXPECT_FALSE(store_.find(key_of("b")));
}

TEST_F(DamagedStore, AReadOnlyStoreFindsButCantPut) {
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
    if (entry.is_directory()) ::chmod(entry.path().c_str(), 0555);
  }
  ::chmod(folder_.path().c_str(), 0555);
  testing::ChildProcess child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 3;  // nothing is read-only for root
    Store store(folder_ / "store");
    if (!store.find(key_)) return 1;
    try {
      store.put(key_of("b"), "content", "");
      return 2;
    } catch (const FileError& error) {
      return std::string(error.what()).starts_with((folder_ / "store").string()) ? 0 : 4;
    }
  });
  EXPECT_EQ(child.wait(), 0);
  ::chmod(folder_.path().c_str(), 0755);
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
    if (entry.is_directory()) ::chmod(entry.path().c_str(), 0755);
  }
}

TEST(Store, AFileInItsFoldersPlaceIsAnErrorWithThePath) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "store", std::string_view("a file"));
  try {
    Store store(folder / "store");
    FAIL() << "nothing was thrown";
  } catch (const FileError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with((folder / "store").string())) << error.what();
  }
}

}  // namespace
}  // namespace goldilocks::store
