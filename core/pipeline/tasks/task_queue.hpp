#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace goldilocks::pipeline {

// What the scheduler has to know of a task.
struct TaskNeeds {
  std::vector<std::size_t> inputs{};  // tasks that must be done before; all stand before it
  double cost = 1;                    // a rough measure of its work
  std::size_t memory = 0;             // its share of the capacity while it runs
  std::string batch{};                // tasks with this word run together if they are ready together; "": alone
};

// Which tasks may begin. A task is ready once none of its inputs is missing, and begins once the memory that it needs
// is free; of those that are ready the one with the longest way to the end comes first. One thread.
class TaskQueue {
 public:
  // A task that needs more than the capacity runs when nothing else needs memory.
  TaskQueue(std::vector<TaskNeeds> tasks, std::size_t capacity);

  // The tasks that begin now: one, or those of one batch; none if nothing may begin at the moment.
  std::vector<std::size_t> take();
  // Frees the memory of what take() gave.
  void release(const std::vector<std::size_t>& taken);

  // The task is done: what waits for it misses one input less. Also of tasks that never began, as they were done
  // before.
  void settle(std::size_t task);
  // The task failed. Returns the tasks that fail with it, as they need it or one of these; they never begin.
  std::vector<std::size_t> fail(std::size_t task);

  // How many tasks are ready, whether there is memory for them or not.
  std::size_t ready() const { return ready_.size(); }

 private:
  void enter(std::size_t task);
  void leave(std::size_t task);

  std::vector<TaskNeeds> tasks_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::vector<std::vector<std::size_t>> dependents_;
  std::vector<std::size_t> missing_;  // how many inputs of each task are not done
  std::vector<double> way_;           // the cost of the longest way from each task to the end, its own included
  std::vector<bool> settled_;         // done, failed, or begun
  std::vector<std::size_t> ready_;    // in the order in which they begin
};

}  // namespace goldilocks::pipeline
