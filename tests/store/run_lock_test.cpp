#include "core/store/run_lock.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/store/keys.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(RunLock, CreatesTheFolderAndLeavesNothingInIt) {
  const testing::TemporaryFolder folder;
  { const RunLock lock(folder / "runs" / "food"); }
  EXPECT_TRUE(std::filesystem::is_directory(folder / "runs" / "food"));
  EXPECT_EQ(testing::count_files(folder.path()), 0U);
}

TEST(RunLock, ASecondOneOnTheFolderIsRefusedWithTheFoldersNameAndTheProcess) {
  const testing::TemporaryFolder folder;
  const RunLock lock(folder.path());
  try {
    const RunLock second(folder.path());
    FAIL() << "nothing was thrown";
  } catch (const FileError& error) {
    EXPECT_THAT(error.what(), AllOf(StartsWith(folder.path().string() + ": another run"),
                                    HasSubstr("process " + std::to_string(::getpid()))));
  }
}

TEST(RunLock, NamesTheMachineAsTheFolderMayBeShared) {
  const testing::TemporaryFolder folder;
  const RunLock lock(folder.path());
  std::array<char, 256> host{};
  ASSERT_EQ(::gethostname(host.data(), host.size() - 1), 0);
  EXPECT_THAT([&] { RunLock{folder.path()}; },
              ::testing::ThrowsMessage<FileError>(HasSubstr(std::to_string(::getpid()) + " on " + host.data() + ")")));
}

TEST(RunLock, ReadersAreToldOfARunAndDisturbNone) {
  const testing::TemporaryFolder folder;
  EXPECT_NO_THROW(require_no_run(folder.path()));
  EXPECT_NO_THROW(require_no_run(folder / "missing"));
  write_file_atomically(folder / ".lock", std::string_view("1"));  // of a killed process
  EXPECT_NO_THROW(require_no_run(folder.path()));
  const RunLock lock(folder.path());
  EXPECT_THAT([&] { require_no_run(folder.path()); },
              ::testing::ThrowsMessage<FileError>(AllOf(StartsWith(folder.path().string() + ": another run"),
                                                        HasSubstr("process " + std::to_string(::getpid())))));
}

TEST(RunLock, CanBeTakenAgainAfterItsEnd) {
  const testing::TemporaryFolder folder;
  { const RunLock first(folder.path()); }
  EXPECT_NO_THROW(RunLock{folder.path()});
}

TEST(RunLock, OtherFoldersAreFree) {
  const testing::TemporaryFolder folder;
  const RunLock lock(folder / "a");
  EXPECT_NO_THROW(RunLock{folder / "b"});
}

TEST(RunLock, HoldsBetweenProcessesAndEndsWithAKilledOne) {
  const testing::TemporaryFolder folder;
  testing::ChildProcess child([&] {
    const RunLock lock(folder.path());
    write_file_atomically(folder / "locked", std::string_view(""));
    ::pause();
    return 0;
  });
  while (!std::filesystem::exists(folder / "locked")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_THAT([&] { RunLock{folder.path()}; },
              ::testing::ThrowsMessage<FileError>(HasSubstr(" is writing this folder")));
  child.kill_and_wait();
  EXPECT_TRUE(std::filesystem::exists(folder / ".lock")) << "the killed process could not take it away";
  EXPECT_NO_THROW(RunLock{folder.path()});
}

TEST(RunLock, OneOfManyThatTryAtOnceGetsIt) {
  // Each child tries until it has had the lock many times; a marker file, created exclusively while the lock is held,
  // shows if two ever hold it together.
  const testing::TemporaryFolder folder;
  const auto compete = [&] {
    for (int held = 0; held < 100;) {
      try {
        const RunLock lock(folder / "run");
        if (!std::filesystem::create_directory(folder / "marker")) return 1;
        std::filesystem::remove(folder / "marker");
        ++held;
      } catch (const FileError&) {
        std::this_thread::yield();
      }
    }
    return 0;
  };
  testing::ChildProcess a(compete);
  testing::ChildProcess b(compete);
  testing::ChildProcess c(compete);
  EXPECT_EQ(a.wait(), 0);
  EXPECT_EQ(b.wait(), 0);
  EXPECT_EQ(c.wait(), 0);
}

}  // namespace
}  // namespace goldilocks::store
