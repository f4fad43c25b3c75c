#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace goldilocks {

// A fixed number of threads for all work of a run, so that nested parallel loops never use more than the machine's
// cores. The thread that calls parallel_for takes part in its loop and idle threads join it: loops may nest to any
// depth, from inside loop bodies too, without deadlock.
class ThreadPool {
 public:
  // `threads` counts the calling thread: 1 runs everything in the caller. 0 means one per core.
  explicit ThreadPool(std::size_t threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::size_t thread_count() const;

  // Calls body(i) once for each i below `count`, in no fixed order, at most thread_count() at a time. Returns when all
  // calls have. After a call threw, or cancellation was requested, indices that have not begun are left out; the
  // exception of the lowest index that threw is rethrown (or Interrupted is thrown). Safe from any thread.
  void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

  // Work that comes up while other work is done.
  class Jobs {
   public:
    Jobs() = default;
    virtual ~Jobs() = default;
    Jobs(const Jobs&) = delete;
    Jobs& operator=(const Jobs&) = delete;
    Jobs(Jobs&&) = delete;
    Jobs& operator=(Jobs&&) = delete;

    // The next job that may begin now; empty: none at the moment. Any thread calls it, one at a time, whenever it looks
    // for work, with the pool locked: it must be quick, must not throw and must not use the pool.
    virtual std::function<void()> next() = 0;
  };

  // Runs jobs until none is running and next() has none, each on one thread. Idle threads join the loops inside jobs
  // before they begin another job. Failures and cancellation are as those of parallel_for(): of several failures that
  // of the job that began first is rethrown. Safe from any thread.
  void run(Jobs& jobs);
  // Idle threads ask next() again, as they do by themselves at the end of each job. Any thread.
  void wake();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace goldilocks
