#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/tasks/task_queue.hpp"

namespace goldilocks::pipeline {

// Runs tasks on a pool, each as soon as its inputs are there and there is memory for it (TaskQueue). While the loops
// inside running tasks have work for idle threads, no further task begins, so that few are in memory at once.
class TaskScheduler final : private ThreadPool::Jobs {
 public:
  // `batch`: what runs now; `at_once`: how many tasks are ready or run at the moment, a batch counted once.
  using Body = std::function<void(const std::vector<std::size_t>& batch, std::size_t at_once)>;

  TaskScheduler(std::vector<TaskNeeds> tasks, std::size_t capacity, ThreadPool& pool)
      : queue_(std::move(tasks), capacity), pool_(pool) {}

  // Returns when every task is settled or has failed. The body settles the tasks of its batch, or lets them fail.
  // Throws what it throws, once the bodies that are running have returned.
  void run(const Body& body);

  // Any thread, also before run(). As those of TaskQueue.
  void settle(std::size_t task);
  std::vector<std::size_t> fail(std::size_t task);

 private:
  std::function<void()> next() override;

  std::mutex mutex_;
  TaskQueue queue_;          // guarded by mutex_
  std::size_t running_ = 0;  // guarded by mutex_
  const Body* body_ = nullptr;
  ThreadPool& pool_;
};

}  // namespace goldilocks::pipeline
