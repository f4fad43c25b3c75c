// run: a whole pipeline, and the documents of earlier runs.
#include "core/pipeline/run.hpp"

#include <chrono>
#include <utility>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "core/base/paths.hpp"
#include "core/pipeline/check_run.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/results/read_results.hpp"
#include "core/pipeline/tasks/speeds.hpp"
#include "core/pipeline/tasks/worker.hpp"
#include "sdk/python/src/bindings.hpp"
#include "sdk/python/src/documents.hpp"
#include "sdk/python/src/settings.hpp"
#include "sdk/python/src/work.hpp"

namespace goldilocks::python {
namespace {

constexpr auto least_interval = std::chrono::milliseconds(50);  // between two calls that only say how far tasks are

// Tells a callable how far a run is: progress(done, tasks, share, text).
class ReportedProgress final : public pipeline::ProgressListener {
 public:
  explicit ReportedProgress(Listener& listener) : listener_(listener) {}

  void run_started(std::size_t tasks, std::size_t reused, double cost) override {
    tasks_ = tasks - reused;
    finished_ = 0;
    cost_ = cost;
    done_cost_ = 0;
    running_.clear();
    tell("started");
  }
  void task_started(const pipeline::Task& task) override { running_[task.id] = 0; }
  void task_progress(const pipeline::Task& task, double fraction) override {
    running_[task.id] = task.cost * fraction;
    if (Clock::now() - told_ >= least_interval) tell(task.id);
  }
  void task_finished(const pipeline::Task& task, std::string_view error) override {
    running_.erase(task.id);
    ++finished_;
    done_cost_ += task.cost;
    tell(error.empty() ? task.id : task.id + " failed: " + std::string(error));
  }
  void step(std::string_view what) override { tell(std::string(what)); }

 private:
  using Clock = std::chrono::steady_clock;

  double share() const {
    if (finished_ == tasks_) return 1;  // a sum in another order than cost_'s may be off by its last bit
    double done = done_cost_;
    for (const auto& [id, cost] : running_) done += cost;
    return cost_ > 0 ? std::min(1.0, done / cost_) : 1;
  }

  void tell(const std::string& text) {
    told_ = Clock::now();
    listener_.call([&] { return py::make_tuple(finished_, tasks_, share(), text); });
  }

  Listener& listener_;
  std::size_t tasks_ = 0;
  std::size_t finished_ = 0;
  double cost_ = 0;
  double done_cost_ = 0;
  std::map<std::string, double> running_;  // what is done of each, as cost
  Clock::time_point told_;
};

py::dict run(const std::filesystem::path& file, const std::map<std::string, std::string>& set,
             const std::filesystem::path& output, const py::dict& settings) {
  pipeline::ParseSettings parse;
  parse.set.assign(set.begin(), set.end());
  plugins::Registry registry = registry_of(settings["plugin_path"].cast<Paths>());
  const auto store_root = store::default_store_root(settings["store"].cast<std::optional<std::filesystem::path>>());
  const auto threads = settings["threads"].cast<std::size_t>();
  Listener listener(settings["progress"]);
  ReportedProgress progress(listener);
  pipeline::RunSettings how;
  how.tasks.progress = &progress;
  how.force = settings["force"].cast<bool>();
  how.tasks.worker = {settings["python"].cast<std::filesystem::path>(),
                      settings["worker"].cast<std::vector<std::string>>()};
  pipeline::RunOutcome outcome;
  run_interruptibly(
      [&] {
        const pipeline::PipelineSpec spec = pipeline::parse_pipeline(file, parse, registry);
        pipeline::check_run(spec);
        ThreadPool pool(threads);
        const pipeline::Plan plan = pipeline::make_plan(spec, registry, pool);
        store::Store store(store_root);
        how.output = output.empty() ? std::filesystem::path("runs") / spec.name : output;
        outcome = pipeline::run_pipeline(spec, plan, registry, store, pool, how);
      },
      &listener);
  py::dict result;
  result["document"] = to_python(outcome.results);
  result["exit_code"] = static_cast<int>(outcome.exit_code);
  result["folder"] = outcome.folder.string();
  result["published"] = outcome.published.string();
  result["failures"] = outcome.failures;
  result["computed"] = outcome.computed;
  result["reused"] = outcome.reused;
  return result;
}

py::dict read_run(const std::filesystem::path& path) {
  goldilocks::Results results;
  {
    const py::gil_scoped_release release;
    results = is_folder(path) ? pipeline::read_run(path) : pipeline::read_results(path);
  }
  return to_python(results);
}

// What a process does that a run has started for one task; the result is its exit code.
int work(const std::string& id, int parent, const std::optional<std::filesystem::path>& store_root,
         const Paths& plugin_path, std::size_t threads) {
  const py::gil_scoped_release release;
  const auto task = [&](const std::function<void(double)>& progress) -> pipeline::WorkOutcome {
    const goldilocks::Plan plan = pipeline::read_plan("-");
    plugins::Registry registry(plugins::default_search_path(plugin_path));
    for (const goldilocks::PlannedTask& planned : plan.tasks()) {
      if (planned.id() == id && planned.has_memory()) {
        return {.figure = pipeline::measure_memory(planned.memory(), registry)};
      }
    }
    store::Store store(store::default_store_root(store_root));
    ThreadPool pool(threads);
    return pipeline::run_task(plan, id, registry, store, pool, progress);
  };
  return static_cast<int>(pipeline::report_work(parent, task));
}

}  // namespace

void bind_run(py::module_& module) {
  module.def("run", &run);
  module.def("read_run", &read_run);
  module.def("work", &work);
}

}  // namespace goldilocks::python
