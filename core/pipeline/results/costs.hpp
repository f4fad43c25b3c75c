#pragma once

#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/tasks/run_tasks.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/store/store.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// Fills the cost of every variant that has a file. What was found out about a content is kept in the store. The pool
// looks at several files at once. Throws FileError, and ModelError for a file that was changed since it was planned.
void add_costs(goldilocks::Results& results, const PipelineSpec& spec, const Plan& plan,
               const std::vector<TaskResult>& tasks, store::Store& store, ThreadPool& pool);

}  // namespace goldilocks::pipeline
