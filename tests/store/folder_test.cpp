// Artifacts that are written piece by piece, and those that are folders.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
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
using testing::hash_of;
using testing::key_of;

void write(const fs::path& file, std::string_view content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

Artifact put_package(Store& store, const std::string& key, std::string_view weights = "weights") {
  Draft draft = store.create_folder(key);
  write(draft.folder() / "Manifest.json", "{}");
  write(draft.folder() / "Data/weights/weight.bin", weights);
  return draft.commit("notes");
}

TEST(Draft, IsWrittenInAnyOrder) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  Draft draft = store.create(key_of("a"));
  const auto part = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  draft.file().write(3, part("tent"));
  draft.file().write(0, part("con"));
  const Artifact made = draft.commit("notes");
  EXPECT_EQ(read_file(made.file), "content");
  EXPECT_EQ(made.sha256, hash_of("content"));
  EXPECT_EQ(store.find(key_of("a"))->notes, "notes");
}

TEST(Draft, ThatIsNotCommittedLeavesNothing) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  const std::size_t before = count_files(folder.path());
  {
    const Draft file = store.create(key_of("a"));
    const Draft package = store.create_folder(key_of("b"));
    write(package.folder() / "inside", "x");
  }
  EXPECT_EQ(count_files(folder.path()), before);
  EXPECT_TRUE(fs::is_empty(folder / "partial"));
  EXPECT_FALSE(store.find(key_of("a")));
}

TEST(Draft, OfAKeyThatWasMadeMeanwhileGivesTheOtherOne) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  Draft draft = store.create(key_of("a"));
  store.put(key_of("a"), "first", "");
  draft.file().write(0, std::as_bytes(std::span(std::string_view("second"))));
  EXPECT_EQ(read_file(draft.commit("").file), "first");
}

TEST(Draft, OfAProcessThatDiedIsClearedAway) {
  const testing::TemporaryFolder folder;
  testing::ChildProcess child([&]() -> int {
    Store store(folder.path());
    const Draft file = store.create(key_of("a"));
    const Draft package = store.create_folder(key_of("b"));
    write(package.folder() / "deep/inside", "x");
    ::_exit(0);
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_FALSE(fs::is_empty(folder / "partial"));
  const Store store(folder.path());
  EXPECT_TRUE(fs::is_empty(folder / "partial"));
}

TEST(Draft, OfALivingProcessStays) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  Draft draft = store.create_folder(key_of("a"));
  write(draft.folder() / "inside", "x");
  testing::ChildProcess other([&] {
    const Store same(folder.path());
    return 0;
  });
  EXPECT_EQ(other.wait(), 0);
  EXPECT_EQ(read_file(draft.commit("").file / "inside"), "x");
}

TEST(StoredFolder, IsFoundWithAllItsFilesReadOnly) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  const Artifact made = put_package(store, key_of("a"));
  const auto found = Store(folder.path()).find(key_of("a"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sha256, made.sha256);
  EXPECT_EQ(found->size, 9U) << "of both files";
  EXPECT_EQ(found->notes, "notes");
  EXPECT_EQ(read_file(found->file / "Data/weights/weight.bin"), "weights");
  struct stat status {};
  ASSERT_EQ(::stat((found->file / "Manifest.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0444U);
  EXPECT_TRUE(fs::is_empty(folder / "partial"));
}

TEST(StoredFolder, IsKnownByTheNamesAndContentsOfItsFiles) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  const Artifact a = put_package(store, key_of("a"));
  EXPECT_EQ(put_package(store, key_of("b")).file, a.file) << "the same content is one folder";
  EXPECT_NE(put_package(store, key_of("c"), "Weights").sha256, a.sha256);
  Draft draft = store.create_folder(key_of("d"));
  write(draft.folder() / "Manifest.json", "{}");
  write(draft.folder() / "Data/weights/other.bin", "weights");
  EXPECT_NE(draft.commit("").sha256, a.sha256);
}

TEST(StoredFolder, WithAnAlteredMissingOrAddedFileIsMissingAndMakeable) {
  for (const int damage : {0, 1, 2}) {
    const testing::TemporaryFolder folder;
    Store store(folder.path());
    const Artifact made = put_package(store, key_of("a"));
    const fs::path weights = made.file / "Data/weights/weight.bin";
    if (damage < 2) fs::remove(weights);
    if (damage == 0) write(weights, "w3ights");
    if (damage == 2) write(made.file / "added", "");
    EXPECT_FALSE(store.find(key_of("a"))) << damage;
    EXPECT_FALSE(fs::exists(made.file)) << damage;
    EXPECT_EQ(put_package(store, key_of("a")).sha256, made.sha256) << damage;
    EXPECT_TRUE(store.find(key_of("a"))) << damage;
  }
}

TEST(StoredFolder, HoldsNoLinks) {
  const testing::TemporaryFolder folder;
  Store store(folder.path());
  Draft draft = store.create_folder(key_of("a"));
  fs::create_symlink("/etc/passwd", draft.folder() / "link");
  EXPECT_THROW(draft.commit(""), FileError);
}

TEST(Adopt, CopiesFilesAndFoldersFromElsewhere) {
  const testing::TemporaryFolder folder;
  write(folder / "model", "content");
  write(folder / "package/a", "1");
  write(folder / "package/deep/b", "2");
  fs::create_symlink(folder / "model", folder / "package/link");
  Store store(folder / "store");
  const Artifact file = store.adopt(key_of("file"), folder / "model", "");
  const Artifact package = store.adopt(key_of("package"), folder / "package", "notes");
  write(folder / "model", "changed");
  EXPECT_EQ(read_file(file.file), "content");
  EXPECT_EQ(file.sha256, hash_of("content"));
  EXPECT_EQ(read_file(package.file / "deep/b"), "2");
  EXPECT_EQ(read_file(package.file / "link"), "content") << "links are followed";
  EXPECT_EQ(package.notes, "notes");
  EXPECT_THROW(store.adopt(key_of("nothing"), folder / "nothing", ""), FileError);
}

}  // namespace
}  // namespace goldilocks::store
