#pragma once

#include <chrono>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/tasks/run_tasks.hpp"
#include "goldilocks/timing.pb.h"

namespace goldilocks::pipeline {

// When a run began, by the calendar and by a clock that is never set back.
struct RunClock {
  std::chrono::system_clock::time_point date = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point time = std::chrono::steady_clock::now();
};

// What timing.json holds; call it when the run is done.
goldilocks::Timing describe_timing(const RunClock& start, const Plan& plan, const std::vector<TaskResult>& tasks,
                                   const ThreadPool& pool);

// The tasks of a further plan of the same run.
void add_tasks(goldilocks::Timing& timing, const Plan& plan, const std::vector<TaskResult>& tasks);

}  // namespace goldilocks::pipeline
