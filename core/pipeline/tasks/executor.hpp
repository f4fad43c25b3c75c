#pragma once

#include <cstddef>
#include <span>

#include "core/base/error.hpp"
#include "core/store/store.hpp"

namespace goldilocks::pipeline {

// What becomes of tasks while they run. Any thread, also at once for several tasks. Of each task one of the last two is
// called, once.
class TaskReports {
 public:
  TaskReports() = default;
  virtual ~TaskReports() = default;
  TaskReports(const TaskReports&) = delete;
  TaskReports& operator=(const TaskReports&) = delete;
  TaskReports(TaskReports&&) = delete;
  TaskReports& operator=(TaskReports&&) = delete;

  virtual void started(std::size_t task) = 0;
  virtual void progress(std::size_t task, double fraction) = 0;
  virtual void finished(std::size_t task, store::Artifact artifact) = 0;
  virtual void failed(std::size_t task, const Error& error) = 0;
};

// Runs tasks of a plan whose inputs are in the store: in this process (local_executor.hpp), or each in one of its own
// (process_executor.hpp). Any thread, also at once.
class Executor {
 public:
  Executor() = default;
  virtual ~Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  Executor(Executor&&) = delete;
  Executor& operator=(Executor&&) = delete;

  // Returns when all of them are finished or have failed. Those that quantize one model may be given together, as they
  // share work. A plugin's failure, or a model that can't be used, is that of its task; anything else is thrown
  // (FileError, DataError, Interrupted, internal errors). `threads`: how many the tasks may have of their own; in this
  // process they share the pool's with all others.
  virtual void run(std::span<const std::size_t> tasks, std::size_t threads, TaskReports& reports) = 0;
};

}  // namespace goldilocks::pipeline
