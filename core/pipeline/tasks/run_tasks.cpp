// Tasks run in waves: all that are ready are one wave. In the first part of a wave images are prepared and models are
// quantized side by side, the widths of one function together; then the tasks of the sensitivity and mixed stages are
// run, each of which has work for all threads; at last models are predicted. Within a wave the
// pool is shared by the tasks and by the loops inside them, so a wave's end leaves no core idle while there is work.
//
// Two models at most are predicted at once: while one's images occupy the threads, the other is lowered and prepared.
// More would hold more models in memory and gain nothing.
#include "core/pipeline/tasks/run_tasks.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/pipeline/tasks/local_executor.hpp"
#include "core/pipeline/tasks/process_executor.hpp"
#include "core/pipeline/tasks/task_monitor.hpp"

namespace goldilocks::pipeline {
namespace {

using Clock = std::chrono::steady_clock;
using Tasks = std::vector<std::size_t>;

constexpr std::size_t models_predicted_at_once = 2;

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
        settled_(plan.tasks.size(), false) {}

  std::vector<TaskResult> run() {
    look_up();
    report_start();
    while (true) {
      fail_dependents();
      const Tasks ready = ready_tasks();
      if (ready.empty()) break;
      make(ready);
      isolated_.set_tasks_at_once(1);
      for (const std::size_t task : ready) {
        const TaskKind kind = plan_.tasks[task].kind;
        if (kind == TaskKind::sensitivity || kind == TaskKind::mix) executor_of(task).run({&task, 1}, *this);
      }
      predict(ready);
      for (const std::size_t task : ready) settled_[task] = true;
    }
    return std::move(results_);
  }

 private:
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
      for (const std::size_t input : plan_.tasks[i].inputs) needed[input] = needed[input] || !settled_[i];
    }
    const auto unneeded = std::stable_partition(prepares.begin(), prepares.end(), [&](auto i) { return needed[i]; });
    for (auto i = unneeded; i != prepares.end(); ++i) settled_[*i] = results_[*i].reused = true;
    prepares.erase(unneeded, prepares.end());
    find(prepares);
  }

  void find(const Tasks& tasks) {
    pool_.parallel_for(tasks.size(), [&](std::size_t i) {
      TaskResult& result = results_[tasks[i]];
      result.artifact = store_.find(plan_.tasks[tasks[i]].key);
      result.reused = result.artifact.has_value();
    });
    for (const std::size_t i : tasks) settled_[i] = results_[i].reused;
  }

  void report_start() {
    std::size_t reused = 0;
    double cost = 0;
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      if (settled_[i]) ++reused;
      if (!settled_[i]) cost += plan_.tasks[i].cost;
    }
    monitor_.run_started(plan_.tasks.size(), reused, cost);
  }

  // What needs the artifact of a failed task fails with it.
  void fail_dependents() {
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      if (settled_[i]) continue;
      for (const std::size_t input : plan_.tasks[i].inputs) {
        if (results_[input].error.empty() || settled_[i]) continue;
        failed(i, Error(results_[input].exit_code, results_[input].error));
        settled_[i] = true;
      }
    }
  }

  Tasks ready_tasks() const {
    Tasks ready;
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      const auto& inputs = plan_.tasks[i].inputs;
      const auto settled = [&](std::size_t input) { return settled_[input]; };
      if (!settled_[i] && std::all_of(inputs.begin(), inputs.end(), settled)) ready.push_back(i);
    }
    return ready;
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
  }

  void failed(std::size_t task, const Error& error) override {
    results_[task].error = error.what();
    results_[task].exit_code = error.exit_code();
    monitor_.finished(plan_.tasks[task], error.what());
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

  // The preparing and quantizing tasks of a wave: those that read one model in this process together.
  void make(const Tasks& ready) {
    std::vector<Tasks> groups;
    std::map<std::string, Tasks> by_model;
    std::size_t isolated = 0;
    for (const std::size_t i : ready) {
      const TaskKind kind = plan_.tasks[i].kind;
      if (kind == TaskKind::quantize && !is_isolated(i)) by_model[model_of(i)].push_back(i);
      const bool alone = kind == TaskKind::prepare || (kind == TaskKind::quantize && is_isolated(i));
      if (alone) groups.push_back({i});
      if (alone && is_isolated(i)) ++isolated;
    }
    for (auto& [model, tasks] : by_model) groups.push_back(std::move(tasks));
    isolated_.set_tasks_at_once(std::max<std::size_t>(isolated, 1));
    pool_.parallel_for(groups.size(), [&](std::size_t i) { executor_of(groups[i].front()).run(groups[i], *this); });
  }

  // The predicting tasks of a wave.
  void predict(const Tasks& ready) {
    Tasks tasks;
    for (const std::size_t i : ready) {
      if (plan_.tasks[i].kind == TaskKind::predict) tasks.push_back(i);
    }
    const std::size_t at_once = std::min(tasks.size(), models_predicted_at_once);
    isolated_.set_tasks_at_once(std::max<std::size_t>(at_once, 1));
    std::atomic<std::size_t> next{0};
    pool_.parallel_for(at_once, [&](std::size_t) {
      for (std::size_t i = next++; i < tasks.size(); i = next++) executor_of(tasks[i]).run({&tasks[i], 1}, *this);
    });
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
  std::vector<bool> settled_;              // done, failed or not needed; written between the waves
};

}  // namespace

std::string failure_text(const VariantSpec& variant, const TaskResult& failed) {
  const std::string beginning = variant.name + ": ";
  return failed.error.starts_with(beginning) ? failed.error : beginning + failed.error;
}

std::vector<TaskResult> run_tasks(const Plan& plan, plugins::Registry& registry, store::Store& store, ThreadPool& pool,
                                  const TaskSettings& settings) {
  return TaskRunner(plan, registry, store, pool, settings).run();
}

}  // namespace goldilocks::pipeline
