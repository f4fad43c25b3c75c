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
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/data/dataset.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/plan/rule_functions.hpp"
#include "core/pipeline/predictions/predict_model.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/pipeline/predictions/usable_samples.hpp"
#include "core/pipeline/quantization/passed_models.hpp"
#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/pipeline/tasks/isolated_tasks.hpp"
#include "core/pipeline/tasks/run_width_tasks.hpp"
#include "core/pipeline/tasks/task_monitor.hpp"

namespace goldilocks::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t models_predicted_at_once = 2;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class TaskRunner {
 public:
  TaskRunner(const PipelineSpec& spec, const Plan& plan, plugins::Registry& registry, store::Store& store,
             ThreadPool& pool, const WorkerProgram& worker, ProgressListener* progress)
      : spec_(spec),
        plan_(plan),
        registry_(registry),
        store_(store),
        pool_(pool),
        isolated_(spec, plan, registry, store, worker),
        monitor_(progress),
        results_(plan.tasks.size()),
        settled_(plan.tasks.size(), false) {}

  std::vector<TaskResult> run() {
    look_up();
    report_start();
    while (true) {
      fail_dependents();
      const std::vector<std::size_t> ready = ready_tasks();
      if (ready.empty()) break;
      make(ready);
      for (const std::size_t task : ready) find_widths(task);
      predict(ready);
      for (const std::size_t task : ready) settled_[task] = true;
    }
    return std::move(results_);
  }

 private:
  // All tasks of one function on one input, at several widths.
  using Fused = std::vector<std::size_t>;

  // Prepared images are large and of use to predictions only: they are looked up if a prediction is missing.
  void look_up() {
    std::vector<std::size_t> prepares;
    std::vector<std::size_t> others;
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

  void find(const std::vector<std::size_t>& tasks) {
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

  bool failed(std::size_t task) const { return !results_[task].error.empty(); }

  // What needs the artifact of a failed task fails with it.
  void fail_dependents() {
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      if (settled_[i]) continue;
      for (const std::size_t input : plan_.tasks[i].inputs) {
        if (!failed(input) || settled_[i]) continue;
        results_[i].error = results_[input].error;
        results_[i].exit_code = results_[input].exit_code;
        settled_[i] = true;
        monitor_.finished(plan_.tasks[i], results_[i].error);
      }
    }
  }

  std::vector<std::size_t> ready_tasks() const {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      const auto& inputs = plan_.tasks[i].inputs;
      const auto settled = [&](std::size_t input) { return settled_[input]; };
      if (!settled_[i] && std::all_of(inputs.begin(), inputs.end(), settled)) ready.push_back(i);
    }
    return ready;
  }

  // Runs a step of some tasks, and turns what concerns these alone into the failure of those that are not done yet.
  template <class Step>
  void guard(const std::vector<std::size_t>& tasks, const Step& step) {
    try {
      step();
    } catch (const ModelError& error) {
      fail_open(tasks, error);
    } catch (const PluginError& error) {
      throw_if_cancelled();
      fail_open(tasks, error);
    }
  }

  void fail_open(const std::vector<std::size_t>& tasks, const Error& error) {
    for (const std::size_t task : tasks) {
      if (!results_[task].artifact && !failed(task)) fail(task, error);
    }
  }

  void fail(std::size_t task, const Error& error) {
    results_[task].error = error.what();
    results_[task].exit_code = error.exit_code();
    monitor_.finished(plan_.tasks[task], error.what());
  }

  void finish(std::size_t task, store::Artifact artifact, Clock::time_point start) {
    results_[task].artifact = std::move(artifact);
    results_[task].seconds = seconds_since(start);
    monitor_.finished(plan_.tasks[task], "");
  }

  // The preparing and quantizing tasks of a wave.
  void make(const std::vector<std::size_t>& ready) {
    std::vector<std::size_t> prepares;
    std::vector<std::size_t> isolated;
    std::map<std::size_t, std::vector<std::size_t>> by_input;
    for (const std::size_t i : ready) {
      const Task& task = plan_.tasks[i];
      if (task.kind == TaskKind::prepare) prepares.push_back(i);
      if (task.kind != TaskKind::quantize) continue;
      if (isolation_of(task)) {
        isolated.push_back(i);
      } else {
        by_input[variant_of(i).input].push_back(i);
      }
    }
    const std::vector<std::pair<std::size_t, std::vector<std::size_t>>> quantizes(by_input.begin(), by_input.end());
    const std::size_t single = prepares.size() + isolated.size();
    pool_.parallel_for(single + quantizes.size(), [&](std::size_t i) {
      if (i < prepares.size()) {
        prepare(prepares[i]);
      } else if (i < single) {
        run_isolated(isolated[i - prepares.size()], isolated.size());
      } else {
        const auto& [input, tasks] = quantizes[i - single];
        quantize_input(input, tasks);
      }
    });
  }

  const std::optional<ProcessIsolation>& isolation_of(const Task& task) const {
    return task.kind == TaskKind::predict ? spec_.evaluate->isolation
                                          : spec_.quantizes[spec_.variants[task.variant].stage].isolation;
  }

  // `at_once`: how many such tasks share the threads.
  void run_isolated(std::size_t index, std::size_t at_once) {
    const Task& task = plan_.tasks[index];
    const auto start = Clock::now();
    monitor_.started(task);
    const std::size_t threads = std::max<std::size_t>(pool_.thread_count() / at_once, 1);
    const WorkerOutcome outcome = isolated_.run(index, threads, isolation_of(task)->time_limit,
                                                [&](double fraction) { monitor_.progress(task, fraction); });
    if (outcome.error.empty()) {
      finish(index, store_.find(task.key).value(), start);
    } else {
      fail(index, Error(outcome.exit_code, outcome.error));
    }
  }

  void prepare(std::size_t index) {
    const Task& task = plan_.tasks[index];
    const auto start = Clock::now();
    monitor_.started(task);
    const PlannedInput& input = plan_.inputs[task.input];
    const PlannedDataset& dataset = plan_.datasets[input.dataset];
    const DatasetUse& use = spec_.datasets[dataset.dataset];
    const data::PreparedImages images =
        input.fed.empty() ? data::prepare_images(*dataset.content, input.width, input.height, input.channels,
                                                 use.preparation, use.max_unusable, pool_)
                          : prepare_inputs(input.fed, *dataset.content, use.preparation, use.max_unusable, pool_);
    finish(index, store_.put(task.key, images.file, unusable_notes(images.unusable)), start);
  }

  // The bytes of a variant's file. A loaded one must still be what was planned with, or the keys would lie.
  MappedFile open_variant(std::size_t index) const {
    if (plan_.quantize[index]) return MappedFile(results_[*plan_.quantize[index]].artifact.value().file);
    const std::filesystem::path& path = spec_.model_of(spec_.variants[index]).file.path;
    MappedFile file(path);
    if (sha256(file.bytes()) != plan_.models[index]->sha256) throw FileError(path, "it was changed during the run");
    return file;
  }

  std::string file_name(std::size_t variant) const {
    const VariantSpec& spec = spec_.variants[variant];
    return spec.loaded ? spec_.model_of(spec).file.path.string() : spec.name;
  }

  const VariantSpec& variant_of(std::size_t task) const { return spec_.variants[plan_.tasks[task].variant]; }

  // All tasks of one input. Those that want it behind the same passes share what comes out of them.
  void quantize_input(std::size_t input, const std::vector<std::size_t>& tasks) {
    for (const std::size_t task : tasks) monitor_.started(plan_.tasks[task]);
    const auto start = Clock::now();
    std::vector<PassSettings> settings;
    for (const std::size_t task : tasks) {
      const PassSettings& passes = variant_of(task).passes;
      if (std::find(settings.begin(), settings.end(), passes) == settings.end()) settings.push_back(passes);
    }
    guard(tasks, [&] {
      const MappedFile file = open_variant(input);
      const auto read = [&] { return model::parse_model(file.bytes(), file_name(input)); };
      for_each_passed_model(settings, read, [&](PassedModel passed) {
        std::map<std::size_t, PassOutcome> outcomes;  // by task
        for (std::size_t i = 0; i < passed.settings.size(); ++i) {
          for (const std::size_t task : tasks) {
            if (variant_of(task).passes == settings[passed.settings[i]]) outcomes.emplace(task, passed.outcomes[i]);
          }
        }
        quantize_source(input, std::move(passed), file.bytes(), outcomes, start);
      });
    });
  }

  // The tasks of `outcomes`, which want this model.
  void quantize_source(std::size_t input, PassedModel passed, std::span<const std::byte> source_bytes,
                       const std::map<std::size_t, PassOutcome>& outcomes, Clock::time_point start) {
    std::map<std::pair<std::size_t, std::size_t>, Fused> by_function;
    Fused all;
    for (const auto& [task, outcome] : outcomes) {
      all.push_back(task);
      by_function[{variant_of(task).stage, variant_of(task).item}].push_back(task);
    }
    std::vector<Fused> functions;
    functions.reserve(by_function.size());
    for (auto& [function, tasks] : by_function) functions.push_back(std::move(tasks));
    guard(all, [&] {
      const WeightSource source(std::move(passed.model), file_name(input), passed.outcomes.front());
      pool_.parallel_for(functions.size(), [&](std::size_t i) {
        quantize_function(source, source_bytes, functions[i], outcomes, start);
      });
    });
  }

  void quantize_function(const WeightSource& source, std::span<const std::byte> source_bytes, const Fused& tasks,
                         const std::map<std::size_t, PassOutcome>& outcomes, Clock::time_point start) {
    guard(tasks, [&] {
      const QuantizeStage& stage = spec_.quantizes[variant_of(tasks.front()).stage];
      const PluginUse& use = spec_.function_of(variant_of(tasks.front())).function;
      const plugins::QuantizerPlugin& plugin = registry_.quantizer(use.name);
      const auto quantizer = plugin.create(use.options);
      const RuleFunctions rules(stage.rules, registry_);
      QuantizeRequest request;
      request.plugin = &plugin;
      request.quantizer = quantizer.get();
      request.rules = rules.rules();
      request.requantize = stage.requantize;
      request.keep = stage.keep;
      for (const std::size_t task : tasks) {
        request.settings.push_back({variant_of(task).bits, variant_of(task).description});
      }
      request.progress = [&](double fraction) {
        for (const std::size_t task : tasks) monitor_.progress(plan_.tasks[task], fraction);
      };
      quantize_model(source, request, pool_, [&](std::size_t width, const QuantizedModel& result) {
        const std::size_t task = tasks[width];
        guard({task}, [&] {
          if (result.failure) std::rethrow_exception(result.failure);
          const std::string notes = to_json({outcomes.at(task).reports, result.tensors});
          const std::string content =
              result.changed ? model::serialize_model(*result.model)
                             : std::string(reinterpret_cast<const char*>(source_bytes.data()), source_bytes.size());
          finish(task, store_.put(plan_.tasks[task].key, content, notes), start);
        });
      });
    });
  }

  void find_widths(std::size_t index) {
    const Task& task = plan_.tasks[index];
    if (task.kind != TaskKind::sensitivity && task.kind != TaskKind::mix) return;
    guard({index}, [&] {
      const auto start = Clock::now();
      monitor_.started(task);
      const auto progress = [&](double fraction) { monitor_.progress(task, fraction); };
      finish(index, run_width_task({spec_, plan_, task, registry_, store_, pool_, progress}), start);
    });
  }

  // The predicting tasks of a wave.
  void predict(const std::vector<std::size_t>& ready) {
    std::vector<std::size_t> tasks;
    for (const std::size_t i : ready) {
      if (plan_.tasks[i].kind == TaskKind::predict) tasks.push_back(i);
    }
    std::atomic<std::size_t> next{0};
    pool_.parallel_for(std::min(tasks.size(), models_predicted_at_once), [&](std::size_t) {
      for (std::size_t i = next++; i < tasks.size(); i = next++) {
        throw_if_cancelled();
        if (isolation_of(plan_.tasks[tasks[i]])) {
          run_isolated(tasks[i], std::min(tasks.size(), models_predicted_at_once));
        } else {
          guard({tasks[i]}, [&] { predict_variant(tasks[i]); });
        }
      }
    });
  }

  void predict_variant(std::size_t index) {
    const Task& task = plan_.tasks[index];
    const auto start = Clock::now();
    monitor_.started(task);
    const VariantSpec& variant = spec_.variants[task.variant];
    const store::Artifact& prepared = results_[plan_.inputs[task.input].task].artifact.value();
    const MappedFile inputs(prepared.file);
    const PlannedModel& root = *plan_.models[variant.root];
    const PluginUse& use = spec_.evaluate->backend;
    const std::filesystem::path path =
        variant.loaded ? spec_.model_of(variant).file.path : results_[*plan_.quantize[task.variant]].artifact->file;
    PredictionRequest request{.model = parse_variant(task.variant),
                              .name = file_name(task.variant),
                              .backend = {registry_.backend(use.name), use.options, path, {}},
                              .output = root.feed ? root.feed->output.name : "",
                              .scores_only = root.scores_only};
    const std::string content = predict_model(std::move(request), inputs.bytes(), pool_,
                                              [&](double fraction) { monitor_.progress(task, fraction); });
    finish(index, store_.put(task.key, content, prepared.notes), start);
  }

  std::shared_ptr<const CoreML::Specification::Model> parse_variant(std::size_t index) const {
    const MappedFile file = open_variant(index);
    return model::parse_model(file.bytes(), file_name(index));
  }

  const PipelineSpec& spec_;
  const Plan& plan_;
  plugins::Registry& registry_;
  store::Store& store_;
  ThreadPool& pool_;
  IsolatedTasks isolated_;
  TaskMonitor monitor_;
  std::vector<TaskResult> results_;  // by task; while tasks run, each writes to its own alone
  std::vector<bool> settled_;        // done, failed or not needed; written between the waves
};

}  // namespace

std::string failure_text(const VariantSpec& variant, const TaskResult& failed) {
  const std::string beginning = variant.name + ": ";
  return failed.error.starts_with(beginning) ? failed.error : beginning + failed.error;
}

std::vector<TaskResult> run_tasks(const PipelineSpec& spec, const Plan& plan, plugins::Registry& registry,
                                  store::Store& store, ThreadPool& pool, const WorkerProgram& worker,
                                  ProgressListener* progress) {
  return TaskRunner(spec, plan, registry, store, pool, worker, progress).run();
}

}  // namespace goldilocks::pipeline
