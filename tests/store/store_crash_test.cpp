// A process that writes to a store is killed: once after each of its system calls, and at random moments. Whatever it
// leaves behind, each record that can be seen must belong to a whole content, and what was half written must be gone
// when the store is next opened.
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

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

std::string content_of(unsigned number) {
  std::mt19937 random(number);
  std::string content(random() % 60000, '\0');
  for (char& byte : content) byte = static_cast<char>(random());
  return content;
}

int put_for_ever(const fs::path& folder, unsigned first) {
  Store store(folder);
  for (unsigned number = first;; ++number) {
    store.put(key_of(std::to_string(number)), content_of(number), std::to_string(number));
  }
}

TEST(Store, AProcessKilledAtAnyMomentLeavesOnlyWholeArtifacts) {
  const testing::TemporaryFolder folder;
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  constexpr unsigned stride = 100000;
  std::size_t found_in_all = 0;
  for (unsigned round = 0; round < 15; ++round) {
    testing::ChildProcess child([&] { return put_for_ever(folder.path(), round * stride); });
    std::this_thread::sleep_for(std::chrono::microseconds(2000 + random() % 30000));
    EXPECT_EQ(child.kill_and_wait(), -SIGKILL);

    const std::size_t records = count_files(folder / "records");
    Store store(folder.path());
    EXPECT_EQ(count_files(folder / "partial"), 0U) << "seed " << seed;
    for (unsigned number = round * stride; store.contains(key_of(std::to_string(number))); ++number) {
      const auto found = store.find(key_of(std::to_string(number)));
      ASSERT_TRUE(found) << number << ", seed " << seed;
      EXPECT_EQ(read_file(found->file), content_of(number)) << number << ", seed " << seed;
      EXPECT_EQ(found->notes, std::to_string(number));
      ++found_in_all;
    }
    EXPECT_EQ(records, found_in_all) << "a record without its content, seed " << seed;
  }
  EXPECT_GT(found_in_all, 0U) << "no child came as far as its first artifact";
}

// Lets the child run up to its n-th stop at a system call and kills it there. True if it ended before that.
bool ends_before_system_call(testing::ChildProcess& child, int n) {
  int status = 0;
  ::waitpid(child.id(), &status, 0);  // it stops itself first
  for (int stop = 0; stop < n; ++stop) {
    ::ptrace(PTRACE_SYSCALL, child.id(), nullptr, nullptr);
    ::waitpid(child.id(), &status, 0);
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      child.forget();
      return true;
    }
  }
  child.kill_and_wait();
  return false;
}

TEST(Store, AProcessKilledAtAnySystemCallLeavesOnlyWholeArtifacts) {
  testing::ChildProcess probe([] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : 1; });
  if (probe.wait() != 0) GTEST_SKIP() << "processes may not be traced here";
  bool ended = false;
  for (int n = 0; !ended; n += 2) {  // a call stops the child twice: before and after it
    const testing::TemporaryFolder folder;
    Store(folder.path()).put(key_of("other"), "other", "");
    testing::ChildProcess child([&] {
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::raise(SIGSTOP);
      Store(folder.path()).put(key_of("a"), "content", "notes");
      return 0;
    });
    ended = ends_before_system_call(child, n);

    const bool recorded = count_files(folder / "records") == 2;
    Store store(folder.path());
    EXPECT_EQ(count_files(folder / "partial"), 0U) << "after system call " << n;
    EXPECT_EQ(store.find(key_of("a")).has_value(), recorded) << "after system call " << n;
    EXPECT_TRUE(recorded || !ended);
    EXPECT_EQ(read_file(store.put(key_of("a"), "content", "").file), "content") << "after system call " << n;
    EXPECT_EQ(store.find(key_of("other"))->size, 5U);
    ASSERT_LT(n, 10000) << "the child never ends";
  }
}

TEST(Store, PartialFilesOfLivingWritersStay) {
  const testing::TemporaryFolder folder;
  testing::ChildProcess child([&] { return put_for_ever(folder.path(), 0); });
  // Opening the store while another process writes must not take that process's files away: its puts would fail.
  for (int i = 0; i < 300; ++i) Store store(folder.path());
  EXPECT_EQ(child.kill_and_wait(), -SIGKILL) << "the writer failed by itself";
}

}  // namespace
}  // namespace goldilocks::store
