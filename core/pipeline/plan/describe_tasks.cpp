#include "core/pipeline/plan/describe_tasks.hpp"

#include <set>

#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/plugins/option_files.hpp"

namespace goldilocks::pipeline {
namespace {

// A value that was read from a record is written as such again; any other one in its canonical form.
template <class Plugin>
void set_plugin(goldilocks::PluginSettings& settings, const PluginUse& use, const Plugin& plugin) {
  settings.set_name(use.name);
  settings.set_sha256(plugin.file_sha256);
  for (const plugins::OptionSpec& spec : plugin.options) {
    const auto value = use.options.find(spec.name);
    if (value == use.options.end()) continue;
    const auto recorded = use.recorded.find(spec.name);
    const bool has_variable = recorded != use.recorded.end() && uses_environment(recorded->second.text);
    const std::string text = has_variable ? recorded->second.text : escape_variables(plugins::to_text(value->second));
    if (spec.type == plugins::OptionType::path) {
      (*settings.mutable_paths())[spec.name] = text;
      (*settings.mutable_contents())[spec.name] = plugins::hash_option_files({spec}, use.options);
    } else {
      (*settings.mutable_options())[spec.name] = text;
    }
  }
}

void set_function(goldilocks::PluginSettings& settings, const PluginUse& use, plugins::Registry& registry) {
  set_plugin(settings, use, registry.quantizer(use.name));
}

void set_layout(goldilocks::Layout& message, const quantization::Layout& layout) {
  if (layout.granularity) message.set_granularity(weights::to_text(*layout.granularity));
  if (layout.axis) message.set_axis(*layout.axis);
  if (layout.vector) message.set_vector(static_cast<std::uint32_t>(*layout.vector));
  if (layout.channel_scale) message.set_channel_scale(quantization::to_text(*layout.channel_scale));
  if (layout.int8_table) message.set_int8_table(*layout.int8_table);
}

void describe(goldilocks::WeightRule& message, const WeightRule& rule, plugins::Registry& registry) {
  goldilocks::RuleMatch& match = *message.mutable_match();
  for (const std::string& layer : rule.recorded_layers) match.add_layers(layer);
  for (const std::string& type : rule.match.layer_types) match.add_layer_types(type);
  for (const std::string& parameter : rule.recorded_parameters) match.add_parameters(parameter);
  for (const std::string& function : rule.recorded_functions) match.add_functions(function);
  for (const std::string& constant : rule.recorded_constants) match.add_constants(constant);
  for (std::size_t i = 0; i < measures; ++i) {
    const std::string name(to_text(static_cast<Measure>(i)));
    const Range& range = rule.match.ranges.at(i);
    if (range.least) (*match.mutable_ranges())["min_" + name] = std::to_string(*range.least);
    if (range.most) (*match.mutable_ranges())["max_" + name] = std::to_string(*range.most);
  }
  message.set_skip(rule.skip);
  if (rule.weight_threshold) message.set_weight_threshold(*rule.weight_threshold);
  if (rule.bits) message.set_bits(static_cast<std::uint32_t>(*rule.bits));
  if (rule.function) set_function(*message.mutable_function(), *rule.function, registry);
  if (rule.layout != quantization::Layout{}) set_layout(*message.mutable_layout(), rule.layout);
}

template <class Plugin>
void add_plugin(goldilocks::Plan& message, const char* kind, const Plugin& plugin,
                std::set<std::pair<std::string, std::string>>& added) {
  if (!added.insert({kind, plugin.name}).second) return;
  goldilocks::PlannedPlugin& planned = *message.add_plugins();
  planned.set_kind(kind);
  planned.set_name(plugin.name);
  planned.set_version(plugin.version);
  planned.set_sha256(plugin.file_sha256);
  planned.set_path(plugin.file.string());
}

void add_plugins(goldilocks::Plan& message, const PipelineSpec& spec, plugins::Registry& registry) {
  std::set<std::pair<std::string, std::string>> added;
  const auto add_quantizer = [&](const PluginUse& use) {
    add_plugin(message, "quantizer", registry.quantizer(use.name), added);
  };
  for (const QuantizeStage& stage : spec.quantizes) {
    for (const SweptFunction& swept : stage.functions) add_quantizer(swept.function);
    for (const WeightRule& rule : stage.rules) {
      if (rule.function) add_quantizer(*rule.function);
    }
  }
  if (spec.sensitivity) {
    add_quantizer(spec.sensitivity->function.function);
    add_plugin(message, "backend", registry.backend(spec.sensitivity->backend.name), added);
  }
  if (spec.evaluate) add_plugin(message, "backend", registry.backend(spec.evaluate->backend.name), added);
}

void set_source(goldilocks::ArraySource& message, const ArraySource& source) {
  message.set_name(source.name);
  message.set_path(source.path.record);
}

void describe(goldilocks::PlannedDataset& message, const PipelineSpec& spec, const PlannedDataset& planned) {
  const DatasetUse& use = spec.datasets[planned.dataset];
  message.set_name(name_of(spec, planned));
  message.set_labelled(use.labelled);
  if (use.images) message.set_images(use.images->record);
  for (const ArraySource& source : use.inputs) set_source(*message.add_inputs(), source);
  for (const ArraySource& source : use.targets) set_source(*message.add_targets(), source);
  if (use.labels) message.set_labels(use.labels->record);
  if (use.label_map) message.set_label_map(use.label_map->record);
  message.set_fingerprint(planned.fingerprint);
  if (planned.part.empty()) return;
  message.set_split(data::describe_part(use.split.value(), planned.part));
  message.set_part(planned.part);
  message.set_seed(use.split->seed);
  for (const data::SplitPart& part : use.split->parts) {
    goldilocks::SplitPart& described = *message.add_parts();
    described.set_name(part.name);
    described.set_share(part.share);
  }
}

}  // namespace

void describe_sources(goldilocks::Plan& message, const PipelineSpec& spec, const Plan& plan,
                      plugins::Registry& registry) {
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    if (!plan.models[i]) continue;
    goldilocks::PlannedModel& model = *message.add_models();
    model.set_name(spec.variants[i].name);
    model.set_path(spec.model_of(spec.variants[i]).file.record);
    model.set_sha256(plan.models[i]->sha256);
    model.set_size_bytes(plan.models[i]->size);
    model.set_function_name(spec.model_of(spec.variants[i]).function_name);
  }
  for (const PlannedDataset& planned : plan.datasets) describe(*message.add_datasets(), spec, planned);
  add_plugins(message, spec, registry);
}

std::string precision_in_records(runtime::Precision precision) {
  return precision == runtime::Precision::as_typed ? "as_typed" : "";
}

void describe(goldilocks::PluginSettings& message, const PluginUse& use, const plugins::BackendPlugin& plugin) {
  set_plugin(message, use, plugin);
}

void describe(goldilocks::PrepareParameters& message, const DatasetUse& use, const PlannedDataset& dataset,
              const std::vector<InputSource>& sources) {
  message.set_fingerprint(dataset.fingerprint);
  message.set_crop(to_text(use.preparation.fit));
  message.set_filter(to_text(use.preparation.filter));
  message.set_max_unusable(use.max_unusable);
  for (const InputSource& source : sources) {
    goldilocks::InputSource& input = *message.add_inputs();
    input.set_name(source.name);
    if (source.column) input.set_column(*source.column);
    input.set_width(static_cast<std::uint32_t>(source.width));
    input.set_height(static_cast<std::uint32_t>(source.height));
    input.set_channels(static_cast<std::uint32_t>(source.channels));
    for (const std::int64_t size : source.shape) input.add_shape(size);
  }
}

void describe(goldilocks::QuantizeParameters& message, const PipelineSpec& spec, const VariantSpec& variant,
              plugins::Registry& registry) {
  set_function(*message.mutable_function(), spec.function_of(variant).function, registry);
  message.set_bits(static_cast<std::uint32_t>(variant.bits));
  message.set_description(variant.recorded_description);
  const QuantizeStage& stage = spec.quantizes[variant.stage];
  for (const WeightRule& rule : stage.rules) describe(*message.add_rules(), rule, registry);
  message.set_requantize(stage.requantize);
  message.set_keep(to_text(stage.keep));
  if (variant.layout != quantization::Layout{}) set_layout(*message.mutable_layout(), variant.layout);
  message.set_joint(stage.joint);
  if (stage.weight_threshold) message.set_weight_threshold(*stage.weight_threshold);
  if (stage.indivisible != quantization::Indivisible::skip) {
    message.set_indivisible(stage.indivisible == quantization::Indivisible::error ? "error" : "nearest");
  }
  message.set_compress_for(stage.compress_for);
  goldilocks::PassParameters& passes = *message.mutable_passes();
  passes.set_fold_batchnorm(variant.passes.fold.batchnorm);
  passes.set_fold_scale(variant.passes.fold.scale);
  passes.set_fold_bias(variant.passes.fold.bias);
  passes.set_compact_preprocessing(to_text(variant.passes.compaction));
}

void describe(goldilocks::PredictParameters& message, const EvaluateStage& stage, const LoadedModel& loaded,
              const PlannedModel& root, const plugins::BackendPlugin& backend) {
  set_plugin(*message.mutable_backend(), stage.backend, backend);
  message.set_function_name(loaded.function_name);
  message.set_precision(precision_in_records(stage.precision));
  message.set_scores_only(root.scores_only);
  if (!root.feed) return;
  if (!root.feed->output.detection) {
    message.set_output(root.feed->output.name);
    return;
  }
  const DetectedBoxes& boxes = *root.feed->output.detection;
  goldilocks::DetectionParameters& detection = *message.mutable_detection();
  detection.set_boxes(boxes.boxes);
  detection.set_scores(boxes.scores);
  detection.set_pixels(boxes.pixels);
  detection.set_most(boxes.most);
  detection.set_labels(boxes.labels.size());
  detection.set_width(static_cast<std::uint32_t>(boxes.width));
  detection.set_height(static_cast<std::uint32_t>(boxes.height));
}

void describe(goldilocks::SensitivityParameters& message, const SensitivityStage& stage, plugins::Registry& registry) {
  set_function(*message.mutable_function(), stage.function.function, registry);
  for (const int bits : stage.function.widths) message.add_bits(static_cast<std::uint32_t>(bits));
  set_plugin(*message.mutable_backend(), stage.backend, registry.backend(stage.backend.name));
  message.set_samples(stage.samples);
}

void describe(goldilocks::MixParameters& message, const MixedStage& stage, const VariantSpec& variant) {
  message.set_description(variant.recorded_description);
  if (stage.size) message.set_size(*stage.size);
  if (stage.divergence) message.set_kl(*stage.divergence);
  message.set_measurements(stage.measurements);
}

}  // namespace goldilocks::pipeline
