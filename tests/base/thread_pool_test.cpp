#include "core/base/thread_pool.hpp"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"

namespace goldilocks {
namespace {

TEST(ThreadPool, CallsEveryIndexOnce) {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> calls(1000);
  pool.parallel_for(calls.size(), [&](std::size_t i) { ++calls[i]; });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
}

// A limit on address space refuses threads as one on their number does, which root doesn't have: each needs a stack.
TEST(ThreadPool, WorksWithTheThreadsThatTheSystemGives) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve address space beyond any limit";
#endif
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit limited = before;
  limited.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + (std::size_t{256} << 20U);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limited), 0);
  std::optional<ThreadPool> pool(1024);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_LT(pool->thread_count(), 1024U);
  std::vector<std::atomic<int>> calls(1000);
  pool->parallel_for(calls.size(), [&](std::size_t i) { ++calls[i]; });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
}

TEST(ThreadPool, NestedLoopsFinishAndStayWithinTheThreads) {
  ThreadPool pool(3);
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::atomic<int> total{0};
  pool.parallel_for(8, [&](std::size_t) {
    pool.parallel_for(8, [&](std::size_t) {
      const int now = ++running;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::yield();
      ++total;
      --running;
    });
  });
  EXPECT_EQ(total, 64);
  EXPECT_LE(most, 3);
}

TEST(ThreadPool, RethrowsTheLowestIndexAndLeavesTheRestOut) {
  ThreadPool pool(1);
  int calls = 0;
  try {
    pool.parallel_for(10, [&](std::size_t i) {
      ++calls;
      if (i == 3) throw std::runtime_error("index " + std::to_string(i));
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "index 3");
  }
  EXPECT_EQ(calls, 4);
}

TEST(ThreadPool, CancellationEndsALoop) {
  ThreadPool pool(2);
  std::atomic<int> calls{0};
  EXPECT_THROW(pool.parallel_for(1000,
                                 [&](std::size_t) {
                                   ++calls;
                                   request_cancellation();
                                 }),
               Interrupted);
  clear_cancellation();
  EXPECT_LE(calls, 2);
}

// Jobs by their numbers, of which each may begin once the one before the last has ended.
class Chain final : public ThreadPool::Jobs {
 public:
  explicit Chain(ThreadPool& pool) : pool_(pool) {}

  std::function<void()> next() override {
    const std::scoped_lock lock(mutex_);
    if (begun_ == count || begun_ > ended_ + 1) return {};
    return [this, job = begun_++] {
      pool_.parallel_for(3, [&](std::size_t) { ++loops; });
      if (job == failing) throw std::runtime_error("job " + std::to_string(job));
      const std::scoped_lock at_the_end(mutex_);
      ++ended_;
    };
  }

  static constexpr int count = 100;
  int failing = -1;
  std::atomic<int> loops{0};

 private:
  ThreadPool& pool_;
  std::mutex mutex_;
  int begun_ = 0, ended_ = 0;
};

TEST(ThreadPool, RunsJobsAsTheyComeUp) {
  for (const std::size_t threads : {1U, 2U, 5U}) {
    ThreadPool pool(threads);
    Chain jobs(pool);
    pool.run(jobs);
    EXPECT_EQ(jobs.loops, 3 * Chain::count);
  }
}

TEST(ThreadPool, AFailedJobEndsTheRun) {
  ThreadPool pool(3);
  Chain jobs(pool);
  jobs.failing = 7;
  try {
    pool.run(jobs);
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "job 7");
  }
  EXPECT_LE(jobs.loops, 3 * 10);
}

TEST(ThreadPool, CancellationEndsARunOfJobs) {
  ThreadPool pool(2);
  Chain jobs(pool);
  request_cancellation();
  EXPECT_THROW(pool.run(jobs), Interrupted);
  clear_cancellation();
  EXPECT_EQ(jobs.loops, 0);
}

TEST(ThreadPool, SeveralCallersShareIt) {
  ThreadPool pool(2);
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] { pool.parallel_for(100, [&](std::size_t) { ++total; }); });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total, 400);
}

}  // namespace
}  // namespace goldilocks
