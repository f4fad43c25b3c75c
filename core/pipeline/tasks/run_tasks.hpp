#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/tasks/progress.hpp"
#include "core/pipeline/tasks/worker_process.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"

namespace goldilocks::pipeline {

// What became of one task.
struct TaskResult {
  std::optional<store::Artifact> artifact;  // none where it failed, or nothing needed it
  std::optional<Error> failure;             // why it failed
  bool reused = false;                      // the store had it
  double seconds = 0;                       // wall time, if it ran; fused tasks share theirs
};

// The failure of a variant's task, as one line that begins with the variant's name.
std::string failure_text(const VariantSpec& variant, Error failure);

struct TaskSettings {
  WorkerProgram worker{};                // what processes of their own run
  bool isolate_all = false;              // every task in one; otherwise those of stages with `isolation: process`
  ProgressListener* progress = nullptr;  // may be null
};

// Runs the tasks of a plan whose artifacts are missing, and returns a result for each. A plugin's failure, or a model
// that can't be quantized, is the failure of that variant and of what is made from it; anything else is thrown
// (FileError, DataError, Interrupted, internal errors), after running tasks have stopped.
std::vector<TaskResult> run_tasks(const Plan& plan, plugins::Registry& registry, store::Store& store, ThreadPool& pool,
                                  const TaskSettings& settings);

}  // namespace goldilocks::pipeline
