#include "core/pipeline/tasks/task_queue.hpp"

#include <algorithm>
#include <utility>

namespace goldilocks::pipeline {

TaskQueue::TaskQueue(std::vector<TaskNeeds> tasks, std::size_t capacity)
    : tasks_(std::move(tasks)),
      capacity_(capacity),
      dependents_(tasks_.size()),
      missing_(tasks_.size()),
      way_(tasks_.size()),
      settled_(tasks_.size(), false) {
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    missing_[i] = tasks_[i].inputs.size();
    for (const std::size_t input : tasks_[i].inputs) dependents_[input].push_back(i);
  }
  for (std::size_t i = tasks_.size(); i-- > 0;) {
    for (const std::size_t dependent : dependents_[i]) way_[i] = std::max(way_[i], way_[dependent]);
    way_[i] += tasks_[i].cost;
  }
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (missing_[i] == 0) enter(i);
  }
}

void TaskQueue::enter(std::size_t task) {
  const auto after = [&](std::size_t a, std::size_t b) { return way_[a] != way_[b] ? way_[a] > way_[b] : a < b; };
  ready_.insert(std::upper_bound(ready_.begin(), ready_.end(), task, after), task);
}

std::vector<std::size_t> TaskQueue::take() {
  // A task that there is no room for is not overtaken by others that need memory, or it might wait for all of them.
  bool waits = false;
  for (const std::size_t first : ready_) {
    const TaskNeeds& needs = tasks_[first];
    const bool has_room = needs.memory == 0 || (!waits && (used_ == 0 || used_ + needs.memory <= capacity_));
    if (!has_room) {
      waits = true;
      continue;
    }
    std::vector<std::size_t> taken{first};
    for (const std::size_t other : ready_) {
      if (other != first && !needs.batch.empty() && tasks_[other].batch == needs.batch) taken.push_back(other);
    }
    for (const std::size_t task : taken) leave(task);
    used_ += needs.memory;
    return taken;
  }
  return {};
}

void TaskQueue::release(const std::vector<std::size_t>& taken) { used_ -= tasks_[taken.front()].memory; }

void TaskQueue::leave(std::size_t task) {
  settled_[task] = true;
  std::erase(ready_, task);
}

void TaskQueue::settle(std::size_t task) {
  leave(task);
  for (const std::size_t dependent : dependents_[task]) {
    if (--missing_[dependent] == 0 && !settled_[dependent]) enter(dependent);
  }
}

std::vector<std::size_t> TaskQueue::fail(std::size_t task) {
  leave(task);
  std::vector<std::size_t> fallen;
  for (const std::size_t dependent : dependents_[task]) {
    if (settled_[dependent]) continue;
    fallen.push_back(dependent);
    const std::vector<std::size_t> further = fail(dependent);
    fallen.insert(fallen.end(), further.begin(), further.end());
  }
  return fallen;
}

}  // namespace goldilocks::pipeline
