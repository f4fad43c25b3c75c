#pragma once

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

  void run(std::span<const std::size_t> tasks, std::size_t threads, TaskReports& reports) override;

 private:
  TaskContext& context_;
  const WorkerProgram& worker_;
  const std::string document_;
};

}  // namespace goldilocks::pipeline
