#include "core/pipeline/tasks/task_scheduler.hpp"

#include <utility>

namespace goldilocks::pipeline {

void TaskScheduler::run(const Body& body) {
  body_ = &body;
  pool_.run(*this);
}

void TaskScheduler::settle(std::size_t task) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.settle(task);
  }
  pool_.wake();
}

std::vector<std::size_t> TaskScheduler::fail(std::size_t task) {
  const std::scoped_lock lock(mutex_);
  return queue_.fail(task);
}

std::function<void()> TaskScheduler::next() {
  const std::scoped_lock lock(mutex_);
  std::vector<std::size_t> batch = queue_.take();
  if (batch.empty()) return {};
  ++running_;
  return [this, taken = std::move(batch), at_once = running_ + queue_.ready()] {
    (*body_)(taken, at_once);
    const std::scoped_lock at_the_end(mutex_);
    queue_.release(taken);
    --running_;
  };
}

}  // namespace goldilocks::pipeline
