#include "core/store/store.hpp"

#include <atomic>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/file.hpp"
#include "tests/store/keys.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::store {
namespace {

using testing::count_files;
using testing::hash_of;
using testing::key_of;

TEST(Store, GivesBackWhatWasPut) {
  const testing::TemporaryFolder folder;
  Store store(folder / "deep" / "store");
  const Artifact put = store.put(key_of("a"), "content", R"({"kind": "model"})");
  const auto found = store.find(key_of("a"));
  ASSERT_TRUE(found);
  EXPECT_EQ(read_file(found->file), "content");
  EXPECT_EQ(found->sha256, hash_of("content"));
  EXPECT_EQ(found->size, 7U);
  EXPECT_EQ(found->notes, R"({"kind": "model"})");
  EXPECT_EQ(put.file, found->file);
  EXPECT_TRUE(store.contains(key_of("a")));
}

TEST(Store, AnUnknownKeyIsMissing) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  EXPECT_FALSE(store.find(key_of("a")));
  EXPECT_FALSE(store.contains(key_of("a")));
}

TEST(Store, AnotherObjectOnTheSameFolderFindsIt) {
  const testing::TemporaryFolder folder;
  Store(folder.path()).put(key_of("a"), "content", "");
  EXPECT_TRUE(Store(folder.path()).find(key_of("a")));
}

TEST(Store, EmptyContentAndNotesAreKept) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  store.put(key_of("a"), "", "");
  const auto found = store.find(key_of("a"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size, 0U);
  EXPECT_EQ(found->notes, "");
  EXPECT_EQ(read_file(found->file), "");
}

TEST(Store, ContentMayHoldAnyBytesAndNotesAnyText) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i % 256);
  store.put(key_of("a"), bytes, "\"quoted\"\nç 寿司");
  const auto found = store.find(key_of("a"));
  ASSERT_TRUE(found);
  EXPECT_EQ(read_file(found->file), bytes);
  EXPECT_EQ(found->notes, "\"quoted\"\nç 寿司");
}

TEST(Store, NotesThatAreNotUtf8AreRefusedAndLeaveNothing) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  const std::size_t before = count_files(folder.path());
  EXPECT_THROW(store.put(key_of("a"), "content", "\xff"), std::invalid_argument);
  EXPECT_EQ(count_files(folder.path()), before);
}

TEST(Store, KeysThatAreNoHashesAreRefused) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  for (const std::string key : {"", "abc", "../../../../../../../../../../../../../../../../../../etc/passwd0"}) {
    EXPECT_THROW(store.find(key), std::invalid_argument) << key;
    EXPECT_THROW(store.put(key, "content", ""), std::invalid_argument) << key;
  }
}

TEST(Store, FilesAreReadOnly) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  const Artifact artifact = store.put(key_of("a"), "content", "");
  struct stat status {};
  ASSERT_EQ(::stat(artifact.file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0444U);
}

TEST(Store, TheFirstWriterOfAKeyWins) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  store.put(key_of("a"), "first", "one");
  const Artifact second = store.put(key_of("a"), "second", "two");
  EXPECT_EQ(read_file(second.file), "first");
  EXPECT_EQ(second.notes, "one");
}

TEST(Store, EqualContentsUnderTwoKeysAreOneFile) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  const Artifact a = store.put(key_of("a"), "content", "of a");
  const Artifact b = store.put(key_of("b"), "content", "of b");
  EXPECT_EQ(a.file, b.file);
  EXPECT_EQ(store.find(key_of("a"))->notes, "of a");
  EXPECT_EQ(store.find(key_of("b"))->notes, "of b");
}

TEST(Store, PuttingLeavesNoPartialFiles) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  for (int i = 0; i < 10; ++i) store.put(key_of(std::to_string(i)), std::to_string(i), "");
  EXPECT_EQ(count_files(folder / "partial"), 0U);
}

// Many writers with contents of their own for the same keys: each is told of one content per key, the same for all, and
// it is whole whenever somebody looks.
int write_the_same_keys(const std::filesystem::path& folder, const std::string& writer) {
  Store store(folder);
  for (int i = 0; i < 25; ++i) {
    const std::string content = writer + std::string(static_cast<std::size_t>(1000 + i), 'x');
    const Artifact artifact = store.put(key_of(std::to_string(i)), content, writer);
    if (hash_of(read_file(artifact.file)) != artifact.sha256) return 1;
    const auto found = store.find(key_of(std::to_string(i)));
    if (!found || found->sha256 != artifact.sha256 || found->notes != artifact.notes) return 2;
  }
  return 0;
}

TEST(Store, ThreadsMayWriteTheSameKeys) {
  const testing::TemporaryFolder folder;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { failures += write_the_same_keys(folder.path(), "thread " + std::to_string(i)); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(count_files(folder / "records"), 25U);
}

TEST(Store, ProcessesMayWriteTheSameKeys) {
  const testing::TemporaryFolder folder;
  testing::ChildProcess a([&] { return write_the_same_keys(folder.path(), "a"); });
  testing::ChildProcess b([&] { return write_the_same_keys(folder.path(), "b"); });
  testing::ChildProcess c([&] { return write_the_same_keys(folder.path(), "c"); });
  EXPECT_EQ(a.wait(), 0);
  EXPECT_EQ(b.wait(), 0);
  EXPECT_EQ(c.wait(), 0);
  EXPECT_EQ(count_files(folder / "records"), 25U);
  EXPECT_EQ(count_files(folder / "partial"), 0U);
}

}  // namespace
}  // namespace goldilocks::store
