#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>

#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/tasks/worker_process.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"

namespace goldilocks::pipeline {

// Runs tasks of a plan in workers. What it refers to must outlive it. Any thread, also at once.
class IsolatedTasks {
 public:
  IsolatedTasks(const PipelineSpec& spec, const Plan& plan, plugins::Registry& registry, store::Store& store,
                const WorkerProgram& worker)
      : spec_(spec), plan_(plan), registry_(registry), store_(store), worker_(worker) {}

  // Runs one quantizing or predicting task, whose inputs are in the store, on so many threads. What it makes is in the
  // store then. Throws as run_in_worker() does.
  WorkerOutcome run(std::size_t task, std::size_t threads, double time_limit,
                    const std::function<void(double)>& progress);

 private:
  // All that the requests of a run have in common; made by the first one.
  const goldilocks::Plan& document();
  goldilocks::WorkerRequest request(std::size_t task, std::size_t threads);

  const PipelineSpec& spec_;
  const Plan& plan_;
  plugins::Registry& registry_;
  store::Store& store_;
  const WorkerProgram& worker_;
  std::mutex mutex_;
  std::optional<goldilocks::Plan> document_;  // set once, under mutex_
};

}  // namespace goldilocks::pipeline
