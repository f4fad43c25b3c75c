// Each task runs as soon as what it needs is there. What can't run beside everything else is a matter of memory: a
// model that is predicted with or quantized takes half of what there is, as while one of two occupies the threads the
// other is read and prepared, and more would hold more in memory and gain nothing; a task of the sensitivity and mixed
// stages takes all of it. Tasks that quantize one model share its decoded weights, and those that are ready run as one.
#include "core/pipeline/tasks/run_tasks.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/pipeline/tasks/local_executor.hpp"
#include "core/pipeline/tasks/process_executor.hpp"
#include "core/pipeline/tasks/task_monitor.hpp"
#include "core/pipeline/tasks/task_scheduler.hpp"

namespace goldilocks::pipeline {
namespace {

using Clock = std::chrono::steady_clock;
using Tasks = std::vector<std::size_t>;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class TaskRunner final : private TaskReports {
 public:
  TaskRunner(const Plan& plan, plugins::Registry& registry, store::Store& store, ThreadPool& pool,
             const TaskSettings& settings)
      : plan_(plan),
        store_(store),
        pool_(pool),
        context_(plan, registry, store, pool),
        local_(context_),
        isolated_(context_, settings.worker),
        isolate_all_(settings.isolate_all),
        monitor_(settings.progress),
        results_(plan.tasks.size()),
        starts_(plan.tasks.size()),
        scheduler_(needs(), capacity(), pool) {}

  std::vector<TaskResult> run() {
    look_up();
    scheduler_.run([&](const Tasks& batch, std::size_t at_once) {
      const std::size_t memory = memory_of(batch.front());
      const std::size_t most_at_once = memory == 0 ? pool_.thread_count() : capacity() / memory;
      const std::size_t threads = std::max<std::size_t>(pool_.thread_count() / std::min(at_once, most_at_once), 1);
      executor_of(batch.front()).run(batch, threads, *this);
    });
    return std::move(results_);
  }

 private:
  // A task that takes one thread takes as much as lets one run on each.
  std::size_t capacity() const { return 2 * pool_.thread_count(); }

  std::size_t memory_of(std::size_t task) const {
    switch (plan_.tasks[task].kind) {
      case TaskKind::prepare:
        return 0;
      case TaskKind::quantize:
        return is_isolated(task) ? 2 : capacity() / 2;
      case TaskKind::sensitivity:
      case TaskKind::mix:
        return capacity();
      default:
        return capacity() / 2;
    }
  }

  std::vector<TaskNeeds> needs() const {
    std::vector<TaskNeeds> all;
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      const Task& task = plan_.tasks[i];
      const bool shares = task.kind == TaskKind::quantize && !is_isolated(i);
      all.push_back({task.inputs, task.cost, memory_of(i), shares ? model_of(i) : ""});
    }
    return all;
  }

  // Prepared images are large and of use to predictions only: they are looked up if a prediction is missing.
  void look_up() {
    Tasks prepares;
    Tasks others;
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      (plan_.tasks[i].kind == TaskKind::prepare ? prepares : others).push_back(i);
    }
    find(others);
    std::vector<bool> needed(plan_.tasks.size(), false);
    for (const std::size_t i : others) {
      for (const std::size_t input : plan_.tasks[i].inputs) needed[input] = needed[input] || !results_[i].reused;
    }
    const auto unneeded = std::stable_partition(prepares.begin(), prepares.end(), [&](auto i) { return needed[i]; });
    for (auto i = unneeded; i != prepares.end(); ++i) results_[*i].reused = true;
    prepares.erase(unneeded, prepares.end());
    find(prepares);
    report_start();
  }

  void find(const Tasks& tasks) {
    pool_.parallel_for(tasks.size(), [&](std::size_t i) {
      TaskResult& result = results_[tasks[i]];
      result.artifact = store_.find(plan_.tasks[tasks[i]].key);
      result.reused = result.artifact.has_value();
    });
  }

  void report_start() {
    std::size_t reused = 0;
    double cost = 0;
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      if (results_[i].reused) {
        ++reused;
        scheduler_.settle(i);
      } else {
        cost += plan_.tasks[i].cost;
      }
    }
    monitor_.run_started(plan_.tasks.size(), reused, cost);
  }

  void started(std::size_t task) override {
    starts_[task] = Clock::now();
    monitor_.started(plan_.tasks[task]);
  }

  void progress(std::size_t task, double fraction) override { monitor_.progress(plan_.tasks[task], fraction); }

  void finished(std::size_t task, store::Artifact artifact) override {
    results_[task].artifact = std::move(artifact);
    results_[task].seconds = seconds_since(starts_[task]);
    monitor_.finished(plan_.tasks[task], "");
    scheduler_.settle(task);
  }

  // What needs the artifact of a failed task fails with it.
  void failed(std::size_t task, const Error& error) override {
    Tasks all = scheduler_.fail(task);
    all.insert(all.begin(), task);
    for (const std::size_t each : all) {
      results_[each].failure = error;
      monitor_.finished(plan_.tasks[each], error.what());
    }
  }

  bool is_isolated(std::size_t task) const { return isolate_all_ || plan_.tasks[task].time_limit; }

  Executor& executor_of(std::size_t task) {
    if (is_isolated(task)) return isolated_;
    return local_;
  }

  // What a quantizing task reads: an earlier one's artifact, or a loaded model.
  std::string model_of(std::size_t task) const {
    const std::string& sha256 = context_.message(task).quantize().sha256();
    return sha256.empty() ? plan_.tasks[plan_.tasks[task].inputs.front()].key : sha256;
  }

  const Plan& plan_;
  store::Store& store_;
  ThreadPool& pool_;
  TaskContext context_;
  LocalExecutor local_;
  ProcessExecutor isolated_;
  bool isolate_all_;
  TaskMonitor monitor_;
  std::vector<TaskResult> results_;        // by task; while tasks run, each writes to its own alone
  std::vector<Clock::time_point> starts_;  // likewise
  TaskScheduler scheduler_;
};

}  // namespace

std::string failure_text(const VariantSpec& variant, Error failure) {
  failure.add_place(variant.name);
  return failure.what();
}

std::vector<TaskResult> run_tasks(const Plan& plan, plugins::Registry& registry, store::Store& store, ThreadPool& pool,
                                  const TaskSettings& settings) {
  return TaskRunner(plan, registry, store, pool, settings).run();
}

}  // namespace goldilocks::pipeline
