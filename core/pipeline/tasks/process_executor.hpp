#pragma once

#include <atomic>
#include <string>

#include "core/pipeline/tasks/executor.hpp"
#include "core/pipeline/tasks/task_context.hpp"
#include "core/pipeline/tasks/worker_process.hpp"

namespace goldilocks::pipeline {

// Runs each task in a process of its own, so that a plugin that crashes or never returns takes only its own task along.
// What it refers to must outlive it.
class ProcessExecutor final : public Executor {
 public:
  ProcessExecutor(TaskContext& context, const WorkerProgram& worker)
      : context_(context), worker_(worker), document_(context.plan.document.SerializeAsString()) {}

  // How many tasks share the threads from now on.
  void set_tasks_at_once(std::size_t count) { at_once_ = count; }

  void run(std::span<const std::size_t> tasks, TaskReports& reports) override;

 private:
  TaskContext& context_;
  const WorkerProgram& worker_;
  const std::string document_;
  std::atomic<std::size_t> at_once_{1};
};

}  // namespace goldilocks::pipeline
