#pragma once

#include <mutex>
#include <string_view>

#include "core/pipeline/tasks/progress.hpp"

namespace goldilocks::pipeline {

// Hands calls from many threads to a listener, one at a time; does nothing without one.
class TaskMonitor {
 public:
  explicit TaskMonitor(ProgressListener* listener) : listener_(listener) {}

  void run_started(std::size_t tasks, std::size_t reused, double cost) {
    call([&](ProgressListener& listener) { listener.run_started(tasks, reused, cost); });
  }
  void started(const Task& task) {
    call([&](ProgressListener& listener) { listener.task_started(task); });
  }
  void progress(const Task& task, double fraction) {
    call([&](ProgressListener& listener) { listener.task_progress(task, fraction); });
  }
  void finished(const Task& task, std::string_view error) {
    call([&](ProgressListener& listener) { listener.task_finished(task, error); });
  }

 private:
  template <class Call>
  void call(const Call& body) {
    if (listener_ == nullptr) return;
    const std::scoped_lock lock(mutex_);
    body(*listener_);
  }

  ProgressListener* listener_;
  std::mutex mutex_;
};

}  // namespace goldilocks::pipeline
