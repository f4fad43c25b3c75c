#include "core/pipeline/tasks/isolated_tasks.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {
namespace {

// The tasks from which a task is made, and itself.
void mark(const Plan& plan, std::size_t task, std::vector<bool>& needed) {
  if (needed[task]) return;
  needed[task] = true;
  for (const std::size_t input : plan.tasks[task].inputs) mark(plan, input, needed);
}

}  // namespace

const goldilocks::Plan& IsolatedTasks::document() {
  const std::scoped_lock lock(mutex_);
  if (!document_) document_ = to_message(spec_, plan_, registry_, EnvironmentValues::shown);
  return *document_;
}

goldilocks::WorkerRequest IsolatedTasks::request(std::size_t task, std::size_t threads) {
  const goldilocks::Plan& whole = document();
  std::vector<bool> needed(plan_.tasks.size(), false);
  mark(plan_, task, needed);
  goldilocks::WorkerRequest request;
  goldilocks::Plan& plan = *request.mutable_plan();
  plan.set_schema_version(whole.schema_version());
  plan.set_name(whole.name());
  *plan.mutable_models() = whole.models();
  *plan.mutable_datasets() = whole.datasets();
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (needed[i]) *plan.add_tasks() = whole.tasks(static_cast<int>(i));
  }
  request.set_task(plan_.tasks[task].id);
  request.set_store(store_.root().string());
  for (const auto& place : registry_.search_path()) request.add_plugin_places(place.string());
  request.set_threads(static_cast<std::uint32_t>(threads));
  request.set_parent(::getpid());
  return request;
}

WorkerOutcome IsolatedTasks::run(std::size_t task, std::size_t threads, double time_limit,
                                 const std::function<void(double)>& progress) {
  const Task& planned = plan_.tasks[task];
  const std::string plugin =
      planned.kind == TaskKind::predict
          ? fmt::format("backend '{}'", spec_.evaluate->backend.name)
          : fmt::format("quantizer '{}'", spec_.function_of(spec_.variants[planned.variant]).function.name);
  WorkerOutcome outcome = run_in_worker(worker_, request(task, threads), plugin, time_limit, progress);
  if (!outcome.error.empty()) {
    store_.clear_abandoned_files();
  } else if (!store_.contains(planned.key)) {
    throw Error(ExitCode::internal, planned.id + ": its worker ended well, but the artifact is missing");
  }
  return outcome;
}

}  // namespace goldilocks::pipeline
