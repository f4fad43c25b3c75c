#include "core/base/narrow.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {
namespace {

template <class Plugin>
void set_plugin(goldilocks::PluginSettings& settings, const PluginUse& use, const Plugin& plugin,
                EnvironmentValues values) {
  settings.set_name(use.name);
  settings.set_version(plugin.version);
  settings.set_sha256(plugin.file_sha256);
  auto& options = *settings.mutable_options();
  if (values == EnvironmentValues::hidden) {
    for (const auto& [name, option] : use.recorded) options[name] = option.text;
  } else {
    for (const auto& [name, value] : use.options) options[name] = plugins::to_text(value);
  }
}

std::string text_of(const PathValue& path, EnvironmentValues values) {
  return values == EnvironmentValues::hidden ? path.record : path.path.string();
}

void set_source(goldilocks::ArraySource& message, const ArraySource& source, EnvironmentValues values) {
  message.set_name(source.name);
  message.set_path(text_of(source.path, values));
}

void describe_prepare(goldilocks::PrepareParameters& prepare, const PipelineSpec& spec, const Plan& plan,
                      const PlannedInput& input) {
  const PlannedDataset& planned = plan.datasets[input.dataset];
  const DatasetUse& dataset = spec.datasets[planned.dataset];
  prepare.set_dataset(name_of(spec, planned));
  prepare.set_width(static_cast<std::uint32_t>(input.width));
  prepare.set_height(static_cast<std::uint32_t>(input.height));
  prepare.set_channels(static_cast<std::uint32_t>(input.channels));
  prepare.set_crop(to_text(dataset.preparation.fit));
  prepare.set_filter(to_text(dataset.preparation.filter));
  prepare.set_max_unusable(narrow(dataset.max_unusable, "a number of samples"));
  for (const FedInput& fed : input.fed) prepare.add_inputs(fed.name);
}

void set_function(goldilocks::PluginSettings& settings, const PluginUse& use, plugins::Registry& registry,
                  EnvironmentValues values) {
  set_plugin(settings, use, registry.quantizer(use.name), values);
}

void describe_rule(goldilocks::WeightRule& message, const WeightRule& rule, plugins::Registry& registry,
                   EnvironmentValues values) {
  const bool hidden = values == EnvironmentValues::hidden;
  goldilocks::RuleMatch& match = *message.mutable_match();
  for (const std::string& layer : hidden ? rule.recorded_layers : rule.match.layers) match.add_layers(layer);
  for (const std::string& type : rule.match.layer_types) match.add_layer_types(type);
  for (const std::string& parameter : hidden ? rule.recorded_parameters : rule.match.parameters) {
    match.add_parameters(parameter);
  }
  for (std::size_t i = 0; i < measures; ++i) {
    const std::string name(to_text(static_cast<Measure>(i)));
    const Range& range = rule.match.ranges.at(i);
    if (range.least) (*match.mutable_ranges())["min_" + name] = std::to_string(*range.least);
    if (range.most) (*match.mutable_ranges())["max_" + name] = std::to_string(*range.most);
  }
  message.set_skip(rule.skip);
  if (rule.bits) message.set_bits(static_cast<std::uint32_t>(*rule.bits));
  if (rule.function) set_function(*message.mutable_function(), *rule.function, registry, values);
}

void describe_quantize(goldilocks::QuantizeParameters& quantize, const PipelineSpec& spec, const VariantSpec& variant,
                       plugins::Registry& registry, EnvironmentValues values) {
  quantize.set_variant(variant.name);
  quantize.set_input(spec.variants[variant.input].name);
  set_function(*quantize.mutable_function(), spec.function_of(variant).function, registry, values);
  quantize.set_bits(static_cast<std::uint32_t>(variant.bits));
  quantize.set_description(variant.description);
  const QuantizeStage& stage = spec.quantizes[variant.stage];
  for (const WeightRule& rule : stage.rules) describe_rule(*quantize.add_rules(), rule, registry, values);
  quantize.set_requantize(stage.requantize);
  quantize.set_keep(to_text(stage.keep));
  goldilocks::PassParameters& passes = *quantize.mutable_passes();
  passes.set_fold_batchnorm(variant.passes.fold.batchnorm);
  passes.set_fold_scale(variant.passes.fold.scale);
  passes.set_fold_bias(variant.passes.fold.bias);
  passes.set_compact_preprocessing(to_text(variant.passes.compaction));
}

void describe_predict(goldilocks::PredictParameters& predict, const PipelineSpec& spec, const Plan& plan,
                      const Task& task, plugins::Registry& registry, EnvironmentValues values) {
  const VariantSpec& variant = spec.variants[task.variant];
  predict.set_variant(variant.name);
  predict.set_dataset(name_of(spec, plan.datasets[plan.inputs[task.input].dataset]));
  const PluginUse& use = spec.evaluate->backend;
  set_plugin(*predict.mutable_backend(), use, registry.backend(use.name), values);
  const PlannedModel& root = *plan.models[variant.root];
  predict.set_scores_only(root.scores_only);
  if (root.feed) predict.set_output(root.feed->output.name);
}

void describe_sensitivity(goldilocks::SensitivityParameters& message, const PipelineSpec& spec, const Plan& plan,
                          const Task& task, plugins::Registry& registry, EnvironmentValues values) {
  const SensitivityStage& stage = spec.sensitivity.value();
  message.set_variant(spec.variants[task.variant].name);
  message.set_dataset(name_of(spec, plan.datasets[plan.inputs[task.input].dataset]));
  set_function(*message.mutable_function(), stage.function.function, registry, values);
  for (const int bits : stage.function.widths) message.add_bits(static_cast<std::uint32_t>(bits));
  set_plugin(*message.mutable_backend(), stage.backend, registry.backend(stage.backend.name), values);
  message.set_samples(narrow(stage.samples, "a number of samples"));
}

void describe_mix(goldilocks::MixParameters& message, const PipelineSpec& spec, const VariantSpec& variant) {
  const MixedStage& stage = spec.mixes[variant.stage];
  message.set_variant(variant.name);
  message.set_input(spec.variants[variant.input].name);
  message.set_description(variant.description);
  if (stage.size) message.set_size(narrow(*stage.size, "a size in bytes"));
  message.set_size_of(stage.size_of);
  if (stage.divergence) message.set_kl(*stage.divergence);
  message.set_measurements(narrow(stage.measurements, "a number of measurements"));
}

}  // namespace

goldilocks::Plan to_message(const PipelineSpec& spec, const Plan& plan, plugins::Registry& registry,
                            EnvironmentValues values) {
  goldilocks::Plan message;
  message.set_schema_version(1);
  message.set_name(spec.name);
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    if (!plan.models[i]) continue;
    goldilocks::PlannedModel& model = *message.add_models();
    model.set_name(spec.variants[i].name);
    model.set_path(text_of(spec.model_of(spec.variants[i]).file, values));
    model.set_sha256(plan.models[i]->sha256);
    model.set_size_bytes(narrow(plan.models[i]->size, "a size in bytes"));
  }
  for (const PlannedDataset& planned : plan.datasets) {
    const DatasetUse& use = spec.datasets[planned.dataset];
    goldilocks::PlannedDataset& dataset = *message.add_datasets();
    dataset.set_name(name_of(spec, planned));
    if (use.images) dataset.set_images(text_of(*use.images, values));
    for (const ArraySource& source : use.inputs) set_source(*dataset.add_inputs(), source, values);
    for (const ArraySource& source : use.targets) set_source(*dataset.add_targets(), source, values);
    if (use.labels) dataset.set_labels(text_of(*use.labels, values));
    if (use.label_map) dataset.set_label_map(text_of(*use.label_map, values));
    dataset.set_fingerprint(planned.fingerprint);
    if (!planned.part.empty()) dataset.set_split(data::describe_part(use.split.value(), planned.part));
  }
  for (const Task& task : plan.tasks) {
    goldilocks::PlannedTask& planned = *message.add_tasks();
    planned.set_id(task.id);
    planned.set_key(task.key);
    for (const std::size_t input : task.inputs) planned.add_inputs(plan.tasks[input].id);
    switch (task.kind) {
      case TaskKind::prepare:
        planned.set_kind(goldilocks::PlannedTask::PREPARE);
        describe_prepare(*planned.mutable_prepare(), spec, plan, plan.inputs[task.input]);
        break;
      case TaskKind::quantize:
        planned.set_kind(goldilocks::PlannedTask::QUANTIZE);
        describe_quantize(*planned.mutable_quantize(), spec, spec.variants[task.variant], registry, values);
        break;
      case TaskKind::sensitivity:
        planned.set_kind(goldilocks::PlannedTask::SENSITIVITY);
        describe_sensitivity(*planned.mutable_sensitivity(), spec, plan, task, registry, values);
        break;
      case TaskKind::mix:
        planned.set_kind(goldilocks::PlannedTask::MIX);
        describe_mix(*planned.mutable_mix(), spec, spec.variants[task.variant]);
        break;
      case TaskKind::predict:
        planned.set_kind(goldilocks::PlannedTask::PREDICT);
        describe_predict(*planned.mutable_predict(), spec, plan, task, registry, values);
        break;
    }
  }
  return message;
}

}  // namespace goldilocks::pipeline
