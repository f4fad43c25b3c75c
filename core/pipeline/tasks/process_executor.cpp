#include "core/pipeline/tasks/process_executor.hpp"

#include <fmt/format.h>

namespace goldilocks::pipeline {
namespace {

constexpr double no_limit = 1e9;  // seconds

// What is named where a worker could not say which call it was that failed.
std::string plugin_of(const goldilocks::PlannedTask& task) {
  switch (kind_of(task)) {
    case TaskKind::prepare:
      return fmt::format("dataset '{}'", task.dataset());
    case TaskKind::quantize:
      return fmt::format("quantizer '{}'", task.quantize().function().name());
    case TaskKind::sensitivity:
      return fmt::format("quantizer '{}'", task.sensitivity().function().name());
    case TaskKind::mix:
      return fmt::format("quantizer '{}'", task.mix().sensitivity().function().name());
    default:
      return fmt::format("backend '{}'", task.predict().backend().name());
  }
}

}  // namespace

void ProcessExecutor::run(std::span<const std::size_t> tasks, std::size_t threads, TaskReports& reports) {
  for (const std::size_t task : tasks) {
    const goldilocks::PlannedTask& message = context_.message(task);
    reports.started(task);
    const WorkerRequest request{.plan = document_,
                                .task = message.id(),
                                .store = context_.store.root(),
                                .plugin_places = context_.registry.search_path(),
                                .threads = threads};
    const WorkerOutcome outcome =
        run_in_worker(worker_, request, plugin_of(message), context_.plan.tasks[task].time_limit.value_or(no_limit),
                      [&](double fraction) { reports.progress(task, fraction); });
    if (!outcome.failure) {
      reports.finished(task, context_.artifact_of(task));
    } else {
      context_.store.clear_abandoned_files();
      reports.failed(task, *outcome.failure);
    }
  }
}

}  // namespace goldilocks::pipeline
