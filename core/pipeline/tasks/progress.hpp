#pragma once

#include <cstddef>
#include <string_view>

#include "core/pipeline/plan/plan.hpp"

namespace goldilocks::pipeline {

// Watches a run. Calls come from the run's threads, but never two at a time; they must be quick and not throw.
class ProgressListener {
 public:
  ProgressListener() = default;
  virtual ~ProgressListener() = default;
  ProgressListener(const ProgressListener&) = delete;
  ProgressListener& operator=(const ProgressListener&) = delete;
  ProgressListener(ProgressListener&&) = delete;
  ProgressListener& operator=(ProgressListener&&) = delete;

  // Before the first task: how many there are, and how many of them the store has already. Those get no other call.
  // Once more where a proof follows.
  virtual void run_started(std::size_t tasks, std::size_t reused, double cost) = 0;
  virtual void task_started(const Task& task) = 0;
  // 0..1 of one task. Tasks that are fused (all widths of a function) advance together.
  virtual void task_progress(const Task& task, double fraction) = 0;
  // `error` is empty where the task succeeded.
  virtual void task_finished(const Task& task, std::string_view error) = 0;
  // After the last task: "writing results", "report csv", ...
  virtual void step(std::string_view what) = 0;
};

}  // namespace goldilocks::pipeline
