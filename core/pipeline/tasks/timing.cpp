#include "core/pipeline/tasks/timing.hpp"

#include <ctime>

#include <fmt/chrono.h>

#include "core/base/os/process.hpp"

namespace goldilocks::pipeline {
namespace {

std::string utc(std::chrono::system_clock::time_point date) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(date)));
}

}  // namespace

goldilocks::Timing describe_timing(const RunClock& start, const Plan& plan, const std::vector<TaskResult>& tasks,
                                   const ThreadPool& pool) {
  goldilocks::Timing timing;
  timing.set_schema_version(1);
  timing.set_started(utc(start.date));
  timing.set_finished(utc(std::chrono::system_clock::now()));
  timing.set_seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - start.time).count());
  timing.set_host(os::host_name());
  timing.set_threads(static_cast<std::uint32_t>(pool.thread_count()));
  timing.set_peak_memory_mib(os::peak_memory_mib());
  add_tasks(timing, plan, tasks);
  return timing;
}

void add_tasks(goldilocks::Timing& timing, const Plan& plan, const std::vector<TaskResult>& tasks) {
  std::uint32_t reused = timing.tasks_reused();
  std::uint32_t computed = timing.tasks_computed();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    goldilocks::TaskTiming& task = *timing.add_tasks();
    task.set_id(plan.tasks[i].id);
    task.set_reused(tasks[i].reused);
    task.set_seconds(tasks[i].seconds);
    (tasks[i].reused ? reused : computed) += 1;
    if (plan.tasks[i].kind != TaskKind::predict || tasks[i].seconds <= 0) continue;
    const auto& dataset = plan.datasets[plan.inputs[plan.tasks[i].input].dataset];
    task.set_samples_per_second(static_cast<double>(dataset.content->samples.size()) / tasks[i].seconds);
  }
  timing.set_tasks_computed(computed);
  timing.set_tasks_reused(reused);
}

}  // namespace goldilocks::pipeline
