#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "core/base/cancellation.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/plan/rule_functions.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/plan/task_settings.hpp"
#include "core/pipeline/quantization/passed_models.hpp"
#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/pipeline/tasks/local_executor.hpp"
#include "core/pipeline/tasks/put_model.hpp"

namespace goldilocks::pipeline {
namespace {

using Tasks = std::vector<std::size_t>;

class Quantizing {
 public:
  Quantizing(TaskContext& context, TaskReports& reports, TaskModel model)
      : context_(context), reports_(reports), model_(std::move(model)) {}

  // Those that want the model behind the same passes share what comes out of them.
  void run(const Tasks& tasks) {
    std::vector<formats::PassSettings> settings;
    std::map<std::size_t, formats::PassSettings> passes;  // by task
    for (const std::size_t task : tasks) {
      passes[task] = passes_of(parameters(task).passes());
      if (std::find(settings.begin(), settings.end(), passes[task]) == settings.end()) settings.push_back(passes[task]);
    }
    guard(tasks, [&] {
      const auto read = [&] { return formats::open(model_.path, model_.name); };
      for_each_passed_model(settings, read, [&](PassedModel passed) {
        std::map<std::size_t, formats::PassOutcome> outcomes;  // by task
        for (std::size_t i = 0; i < passed.settings.size(); ++i) {
          for (const std::size_t task : tasks) {
            if (passes[task] == settings[passed.settings[i]]) outcomes.emplace(task, passed.outcomes[i]);
          }
        }
        quantize_passed(std::move(passed), outcomes);
      });
    });
  }

 private:
  const goldilocks::QuantizeParameters& parameters(std::size_t task) const { return context_.message(task).quantize(); }

  // Runs a step of some tasks, and turns what concerns these alone into the failure of those that are not done yet.
  template <class Step>
  void guard(const Tasks& tasks, const Step& step) {
    try {
      step();
    } catch (const ModelError& error) {
      fail(tasks, error);
    } catch (const PluginError& error) {
      throw_if_cancelled();
      fail(tasks, error);
    }
  }

  void fail(const Tasks& tasks, const Error& error) {
    for (const std::size_t task : tasks) {
      if (settle(task)) reports_.failed(task, error);
    }
  }

  // Whether the task was open until now.
  bool settle(std::size_t task) {
    const std::scoped_lock lock(mutex_);
    return settled_.insert(task).second;
  }

  // The tasks of `outcomes`, which want this model: one list for each function with its rules.
  void quantize_passed(PassedModel passed, const std::map<std::size_t, formats::PassOutcome>& outcomes) {
    std::map<std::string, Tasks> by_function;
    Tasks all;
    for (const auto& [task, outcome] : outcomes) {
      all.push_back(task);
      by_function[function_of(task)].push_back(task);
    }
    std::vector<Tasks> functions;
    functions.reserve(by_function.size());
    for (auto& [function, tasks] : by_function) functions.push_back(std::move(tasks));
    guard(all, [&] {
      const WeightSource source(std::move(passed.model), model_.name, passed.outcomes.front(),
                                limit_of(parameters(all.front())));
      context_.pool.parallel_for(functions.size(),
                                 [&](std::size_t i) { quantize_function(source, functions[i], outcomes); });
    });
  }

  // Equal for tasks that differ in their width and description alone.
  std::string function_of(std::size_t task) const {
    goldilocks::PlannedTask function;
    *function.mutable_quantize() = parameters(task);
    function.mutable_quantize()->clear_bits();
    function.mutable_quantize()->clear_description();
    function.mutable_quantize()->clear_layout();
    function.mutable_quantize()->clear_passes();
    return key_of(function, {});
  }

  void quantize_function(const WeightSource& source, const Tasks& tasks,
                         const std::map<std::size_t, formats::PassOutcome>& outcomes) {
    guard(tasks, [&] {
      const goldilocks::QuantizeParameters& first = parameters(tasks.front());
      const goldilocks::PluginSettings settings = context_.located(first.function());
      const plugins::QuantizerPlugin& plugin = quantizer_of(settings, context_.registry);
      const auto quantizer = plugin.create(options_of(settings, plugin.options));
      std::vector<WeightRule> rules;
      for (goldilocks::WeightRule rule : first.rules()) {
        if (rule.has_function()) *rule.mutable_function() = context_.located(rule.function());
        rules.push_back(rule_of(rule, context_.registry));
      }
      const RuleFunctions functions(rules, context_.registry);
      QuantizeRequest request;
      request.plugin = &plugin;
      request.quantizer = quantizer.get();
      request.rules = functions.rules();
      set_manner(request, first);
      for (const std::size_t task : tasks) {
        request.settings.push_back({.bits = static_cast<int>(parameters(task).bits()),
                                    .description = without_variables(parameters(task).description()),
                                    .layout = layout_of(parameters(task).layout())});
      }
      request.progress = [&](double fraction) {
        for (const std::size_t task : tasks) reports_.progress(task, fraction);
      };
      quantize_model(source, request, context_.pool, [&](std::size_t width, const QuantizedModel& result) {
        guard({tasks[width]}, [&] { finish(tasks[width], result, outcomes.at(tasks[width])); });
      });
    });
  }

  void finish(std::size_t task, const QuantizedModel& result, const formats::PassOutcome& outcome) {
    if (result.failure) std::rethrow_exception(result.failure);
    const std::string notes = to_json({outcome.reports, result.tensors});
    const std::string& key = context_.plan.tasks[task].key;
    store::Artifact artifact = result.changed ? put_model(context_.store, key, *result.model, notes)
                                              : context_.store.adopt(key, model_.path, notes);
    if (settle(task)) reports_.finished(task, std::move(artifact));
  }

  TaskContext& context_;
  TaskReports& reports_;
  TaskModel model_;
  std::mutex mutex_;
  std::set<std::size_t> settled_;  // finished or failed; guarded by mutex_
};

}  // namespace

void quantize_together(TaskContext& context, std::span<const std::size_t> tasks, TaskReports& reports) {
  for (const std::size_t task : tasks) reports.started(task);
  // What a format accepts depends on the systems that may be needed.
  std::map<std::string, Tasks> by_limit;
  for (const std::size_t task : tasks) by_limit[context.message(task).quantize().compress_for()].push_back(task);
  for (const auto& [limit, alike] : by_limit) {
    const std::size_t first = alike.front();
    Quantizing quantizing(context, reports, context.model_of(first, context.message(first).quantize().sha256()));
    quantizing.run(alike);
  }
}

}  // namespace goldilocks::pipeline
