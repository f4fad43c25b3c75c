#pragma once

#include "core/pipeline/tasks/executor.hpp"
#include "core/pipeline/tasks/task_context.hpp"

namespace goldilocks::pipeline {

// Runs tasks in this process, on the threads of its pool.
class LocalExecutor final : public Executor {
 public:
  explicit LocalExecutor(TaskContext& context) : context_(context) {}

  void run(std::span<const std::size_t> tasks, std::size_t threads, TaskReports& reports) override;

 private:
  TaskContext& context_;
};

// Runs quantizing tasks that read one model. Those that want it behind the same passes share what comes out of them,
// and all widths of one function what the function has in common for them. Throws what concerns them all.
void quantize_together(TaskContext& context, std::span<const std::size_t> tasks, TaskReports& reports);

}  // namespace goldilocks::pipeline
