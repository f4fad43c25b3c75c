#include "core/base/partial.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;
using testing::ChildProcess;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;

constexpr std::string_view token = "0123456789abcdef";

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

TEST(PartialName, IsAnotherOneEachTime) {
  const fs::path name = partial_name("folder/model.mlmodel");
  EXPECT_THAT(name.string(), MatchesRegex("folder/model\\.mlmodel\\.partial\\.[0-9a-f]{16}"));
  EXPECT_NE(partial_name("folder/model.mlmodel"), name);
}

TEST(PartialFolder, IsEmptyAndGoesWithAllThatIsInIt) {
  const TemporaryFolder folder;
  {
    const PartialFolder partial(folder / "deep" / "release");
    EXPECT_EQ(partial.path().parent_path(), folder / "deep");
    EXPECT_THAT(names_in(partial.path()), IsEmpty());
    write_file_atomically(partial.path() / "sub" / "file", std::string_view("content"));
  }
  EXPECT_THAT(names_in(folder / "deep"), IsEmpty());
}

TEST(PartialFolder, MayBeRenamedToWhatItWasMadeFor) {
  const TemporaryFolder folder;
  {
    const PartialFolder partial(folder / "release");
    write_file_atomically(partial.path() / "file", std::string_view("content"));
    fs::rename(partial.path(), folder / "release");
  }
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("release"));
  EXPECT_EQ(read_file(folder / "release/file"), "content");
}

TEST(PartialFolder, AFolderThatCantBeMadeIsAnErrorThatNamesTheTarget) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "file", std::string_view(""));
  EXPECT_THAT([&] { PartialFolder(folder / "file" / "release"); },
              ::testing::ThrowsMessage<FileError>(::testing::StartsWith((folder / "file").string())));
}

TEST(RemoveAbandoned, TakesAwayWhatADeadWriterLeft) {
  const TemporaryFolder folder;
  const TemporaryFolder signs;
  ChildProcess writer([&] {
    const PartialFolder partial(folder / "release");
    write_file_atomically(partial.path() / "file", std::string_view("content"));
    const fs::path name = partial_name(folder / "model.mlmodel");
    const auto file = LockedFile::create(name, name);
    write_file_atomically(signs / "begun", std::string_view(""));
    ::pause();
    return 0;
  });
  while (!fs::exists(signs / "begun")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  writer.kill_and_wait();
  ASSERT_EQ(names_in(folder.path()).size(), 3U) << "a folder, its lock and a file";
  remove_abandoned(folder.path());
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST(RemoveAbandoned, LeavesWhatIsBeingWrittenEvenByThisProcess) {
  const TemporaryFolder folder;
  const PartialFolder partial(folder / "release");
  const fs::path name = partial_name(folder / "model.mlmodel");
  const auto file = LockedFile::create(name, name);
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(::fchmod(file->descriptor(), 0444), 0);
  remove_abandoned(folder.path());
  EXPECT_TRUE(fs::is_directory(partial.path()));
  EXPECT_TRUE(fs::exists(name));
}

TEST(RemoveAbandoned, LeavesWhatIsBeingWrittenByAnotherProcess) {
  const TemporaryFolder folder;
  ChildProcess writer([&] {
    const PartialFolder partial(folder / "release");
    write_file_atomically(folder / "begun", std::string_view(""));
    while (!fs::exists(folder / "cleared")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    write_file_atomically(partial.path() / "file", std::string_view("content"));
    fs::rename(partial.path(), folder / "release");
    return 0;
  });
  while (!fs::exists(folder / "begun")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  remove_abandoned(folder.path());
  write_file_atomically(folder / "cleared", std::string_view(""));
  EXPECT_EQ(writer.wait(), 0);
  EXPECT_EQ(read_file(folder / "release/file"), "content");
}

TEST(RemoveAbandoned, TakesOnlyWhatWasToBecomeTheTargetIfOneIsNamed) {
  const TemporaryFolder folder;
  write_file_atomically(folder / ("a.partial." + std::string(token)), std::string_view(""));
  write_file_atomically(folder / ("b.partial." + std::string(token)), std::string_view(""));
  remove_abandoned(folder.path(), "a");
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("b.partial." + std::string(token)));
}

TEST(RemoveAbandoned, LeavesFilesOfOtherNamesLinksAndFoldersWithoutALock) {
  const TemporaryFolder folder;
  const std::vector<std::string> others = {"notes.partial.txt", "a.partial.0123", "a.partial.0123456789ABCDEF",
                                           "0123456789abcdef", "a.partial.0123456789abcdef.txt"};
  for (const std::string& name : others) write_file_atomically(folder / name, std::string_view("mine"));
  fs::create_directory(folder / ("folder.partial." + std::string(token)));
  fs::create_symlink(folder / others.front(), folder / ("link.partial." + std::string(token)));
  ASSERT_EQ(::mkfifo((folder / ("fifo.partial." + std::string(token))).c_str(), 0600), 0);
  remove_abandoned(folder.path());
  remove_abandoned(folder / "missing");
  EXPECT_EQ(names_in(folder.path()).size(), others.size() + 3);
}

TEST(WriteFile, IsHeldUntilItHasItsNameSoThatNobodyTakesItForAbandoned) {
  const TemporaryFolder folder;
  std::atomic<bool> done = false;
  std::thread cleaner([&] {
    while (!done) remove_abandoned(folder.path());
  });
  for (int i = 0; i < 100; ++i) {
    EXPECT_NO_THROW(write_file_atomically(folder / "file", std::string_view("content")));
  }
  done = true;
  cleaner.join();
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("file"));
}

}  // namespace
}  // namespace goldilocks
