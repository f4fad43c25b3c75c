#include "core/pipeline/tasks/task_plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/pipeline/plan/planned_keys.hpp"

namespace goldilocks::pipeline {
namespace {

[[noreturn]] void incomplete(const std::string& what) {
  throw Error(ExitCode::internal, "the plan that a worker was given has no " + what);
}

class Reader {
 public:
  Reader(const goldilocks::Plan& message, plugins::Registry& registry) : message_(message), registry_(registry) {}

  TaskPlan read(const std::string& task_id) {
    read_models();
    for (const goldilocks::PlannedDataset& dataset : message_.datasets()) {
      datasets_[dataset.name()] = result_.spec.datasets.size();
      DatasetUse use;
      use.name = dataset.name();
      result_.spec.datasets.push_back(std::move(use));
      PlannedDataset planned;
      planned.dataset = result_.plan.datasets.size();
      planned.fingerprint = dataset.fingerprint();
      result_.plan.datasets.push_back(std::move(planned));
    }
    for (const goldilocks::PlannedTask& task : message_.tasks()) read_task(task);
    result_.index = find(tasks_, task_id, "task");
    check_key(result_.plan.tasks[result_.index]);
    return std::move(result_);
  }

 private:
  static std::size_t find(const std::map<std::string, std::size_t>& numbers, const std::string& name,
                          const std::string& what) {
    const auto found = numbers.find(name);
    if (found == numbers.end()) incomplete(fmt::format("{} '{}'", what, name));
    return found->second;
  }

  std::size_t add_variant(VariantSpec variant) {
    const std::size_t index = result_.spec.variants.size();
    variants_[variant.name] = index;
    result_.spec.variants.push_back(std::move(variant));
    result_.plan.models.emplace_back();
    result_.plan.quantize.emplace_back();
    result_.plan.predict.emplace_back();
    result_.plan.sensitivity.emplace_back();
    return index;
  }

  void read_models() {
    LoadStage load;
    for (const goldilocks::PlannedModel& model : message_.models()) {
      VariantSpec variant;
      variant.name = model.name();
      variant.loaded = true;
      variant.item = load.models.size();
      variant.input = variant.root = variant.baseline = result_.spec.variants.size();
      const std::size_t index = add_variant(std::move(variant));
      load.models.push_back({model.name(), {model.path(), model.path(), model.path()}, {}});
      PlannedModel planned;
      planned.sha256 = model.sha256();
      planned.size = model.size_bytes();
      result_.plan.models[index] = std::move(planned);
    }
    result_.spec.loads.push_back(std::move(load));
  }

  void read_task(const goldilocks::PlannedTask& message) {
    Task task;
    task.id = message.id();
    task.key = message.key();
    for (const std::string& input : message.inputs()) task.inputs.push_back(find(tasks_, input, "task"));
    const std::size_t index = result_.plan.tasks.size();
    switch (message.kind()) {
      case goldilocks::PlannedTask::PREPARE:
        read_prepare(message.prepare(), task, index);
        break;
      case goldilocks::PlannedTask::QUANTIZE:
        read_quantize(message.quantize(), task, index);
        break;
      case goldilocks::PlannedTask::PREDICT:
        read_predict(message.predict(), task, index);
        break;
      case goldilocks::PlannedTask::SENSITIVITY:
        task.kind = TaskKind::sensitivity;
        break;
      case goldilocks::PlannedTask::MIX:
        read_mix(message.mix(), task, index);
        break;
      default:
        incomplete("kind for task '" + message.id() + "'");
    }
    tasks_[task.id] = index;
    result_.plan.tasks.push_back(std::move(task));
  }

  void read_prepare(const goldilocks::PrepareParameters& message, Task& task, std::size_t index) {
    task.kind = TaskKind::prepare;
    task.input = result_.plan.inputs.size();
    result_.plan.inputs.push_back({find(datasets_, message.dataset(), "dataset"), static_cast<int>(message.width()),
                                   static_cast<int>(message.height()), static_cast<int>(message.channels()), index});
  }

  WeightRule read_rule(const goldilocks::WeightRule& message) const {
    WeightRule rule;
    const goldilocks::RuleMatch& match = message.match();
    rule.match.layers = {match.layers().begin(), match.layers().end()};
    rule.match.layer_types = {match.layer_types().begin(), match.layer_types().end()};
    rule.match.parameters = {match.parameters().begin(), match.parameters().end()};
    for (std::size_t i = 0; i < measures; ++i) {
      const std::string name(to_text(static_cast<Measure>(i)));
      const auto end = [&](const std::string& key) -> std::optional<std::uint64_t> {
        const auto given = match.ranges().find(key);
        if (given == match.ranges().end()) return std::nullopt;
        return std::stoull(given->second);
      };
      rule.match.ranges.at(i) = {.least = end("min_" + name), .most = end("max_" + name)};
    }
    rule.skip = message.skip();
    if (message.has_bits()) rule.bits = static_cast<int>(message.bits());
    if (message.has_function()) {
      rule.function = plugin_use(message.function(), registry_.quantizer(message.function().name()).options);
    }
    return rule;
  }

  static PassSettings read_passes(const goldilocks::PassParameters& message) {
    PassSettings passes;
    passes.fold = {.batchnorm = message.fold_batchnorm(), .scale = message.fold_scale(), .bias = message.fold_bias()};
    for (const Compaction compaction : {Compaction::off, Compaction::lossless, Compaction::float16}) {
      if (message.compact_preprocessing() == to_text(compaction)) passes.compaction = compaction;
    }
    return passes;
  }

  // Each variant gets a stage of its own.
  void read_quantize(const goldilocks::QuantizeParameters& message, Task& task, std::size_t index) {
    task.kind = TaskKind::quantize;
    VariantSpec variant;
    variant.name = message.variant();
    variant.stage = result_.spec.quantizes.size();
    variant.input = find(variants_, message.input(), "model");
    variant.root = variant.baseline = result_.spec.variants[variant.input].root;
    variant.bits = static_cast<int>(message.bits());
    variant.description = message.description();
    QuantizeStage stage;
    SweptFunction swept;
    swept.function = plugin_use(message.function(), registry_.quantizer(message.function().name()).options);
    swept.label = swept.function.name;
    swept.widths = {variant.bits};
    stage.functions.push_back(std::move(swept));
    for (const goldilocks::WeightRule& rule : message.rules()) stage.rules.push_back(read_rule(rule));
    stage.requantize = message.requantize();
    if (message.keep() == to_text(Keep::always)) stage.keep = Keep::always;
    variant.passes = read_passes(message.passes());
    result_.spec.quantizes.push_back(std::move(stage));
    task.variant = add_variant(std::move(variant));
    result_.plan.quantize[task.variant] = index;
  }

  // Such a task is not run by a worker; what it makes is read by others.
  void read_mix(const goldilocks::MixParameters& message, Task& task, std::size_t index) {
    task.kind = TaskKind::mix;
    VariantSpec variant;
    variant.name = message.variant();
    variant.mixed = true;
    variant.input = find(variants_, message.input(), "model");
    variant.root = variant.baseline = result_.spec.variants[variant.input].root;
    variant.bits = 0;
    task.variant = add_variant(std::move(variant));
    result_.plan.quantize[task.variant] = index;
  }

  void read_predict(const goldilocks::PredictParameters& message, Task& task, std::size_t index) {
    task.kind = TaskKind::predict;
    task.variant = find(variants_, message.variant(), "model");
    const auto is_prepare = [&](std::size_t input) { return result_.plan.tasks[input].kind == TaskKind::prepare; };
    const auto prepare = std::find_if(task.inputs.begin(), task.inputs.end(), is_prepare);
    if (prepare == task.inputs.end()) incomplete("prepared images for task '" + task.id + "'");
    task.input = result_.plan.tasks[*prepare].input;
    EvaluateStage evaluate;
    evaluate.backend = plugin_use(message.backend(), registry_.backend(message.backend().name()).options);
    result_.spec.evaluate = std::move(evaluate);
    PlannedModel& root = *result_.plan.models[result_.spec.variants[task.variant].root];
    root.input = task.input;
    root.scores_only = message.scores_only();
    if (!message.output().empty()) root.feed = ModelFeed{.inputs = {}, .output = {.name = message.output()}};
    result_.plan.predict[task.variant] = index;
  }

  // Whatever the key stands for has come over as it was: nothing was forgotten on the way, and nothing has changed.
  void check_key(const Task& task) const {
    const TaskPlan& made = result_;
    const std::string key = task.kind == TaskKind::quantize
                                ? quantize_key(made.spec, made.plan, task.variant, registry_)
                                : predict_key(made.spec, made.plan, task.variant, registry_);
    if (key == task.key) return;
    const bool quantizes = task.kind == TaskKind::quantize;
    const std::string& name = quantizes ? made.spec.function_of(made.spec.variants[task.variant]).function.name
                                        : made.spec.evaluate->backend.name;
    throw FileError(quantizes ? registry_.quantizer(name).file : registry_.backend(name).file,
                    "it, or a file that its options name, was changed during the run");
  }

  const goldilocks::Plan& message_;
  plugins::Registry& registry_;
  TaskPlan result_;
  std::map<std::string, std::size_t> variants_, datasets_, tasks_;  // by name or id
};

}  // namespace

PluginUse plugin_use(const goldilocks::PluginSettings& settings, const std::vector<plugins::OptionSpec>& specs) {
  PluginUse use;
  use.name = settings.name();
  for (const plugins::OptionSpec& spec : specs) {
    const auto given = settings.options().find(spec.name);
    if (given == settings.options().end()) continue;
    // No file is said by an empty path; everything else was made absolute by the pipeline's parser.
    const bool no_file = spec.type == plugins::OptionType::path && given->second.empty();
    use.options[spec.name] =
        no_file ? plugins::OptionValue(std::string()) : plugins::parse_option(spec, {given->second, std::nullopt}, "/");
  }
  use.options = plugins::complete_options(specs, std::move(use.options));
  return use;
}

TaskPlan task_plan(const goldilocks::Plan& message, const std::string& task_id, plugins::Registry& registry) {
  return Reader(message, registry).read(task_id);
}

void require_inputs(const TaskPlan& task, const store::Store& store) {
  for (const std::size_t input : task.plan.tasks[task.index].inputs) {
    const Task& needed = task.plan.tasks[input];
    if (!store.contains(needed.key)) {
      throw FileError(store.root(), "the artifact of '" + needed.id + "' is not there any more");
    }
  }
}

}  // namespace goldilocks::pipeline
