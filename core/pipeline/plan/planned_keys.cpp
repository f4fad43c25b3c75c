#include "core/pipeline/plan/planned_keys.hpp"

#include <fmt/format.h>

#include "core/pipeline/plan/task_keys.hpp"

namespace goldilocks::pipeline {
namespace {

// What identifies a variant's content: its file's hash or its task's key.
std::string content_key(const Plan& plan, std::size_t variant) {
  return plan.quantize[variant] ? plan.tasks[*plan.quantize[variant]].key : plan.models[variant]->sha256;
}

template <class Plugin>
KeyedPlugin keyed(const Plugin& plugin, const PluginUse& use) {
  return {plugin.name, plugin.file_sha256, plugin.options, use.options};
}

}  // namespace

std::string quantize_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant, plugins::Registry& registry) {
  const VariantSpec& made = spec.variants[variant];
  const QuantizeStage& stage = spec.quantizes[made.stage];
  const auto function = [&](const PluginUse& use) { return keyed(registry.quantizer(use.name), use); };
  KeyedQuantization quantization{.function = function(spec.function_of(made).function),
                                 .bits = made.bits,
                                 .description = made.description,
                                 .rules = {},
                                 .requantize = stage.requantize,
                                 .keep = stage.keep,
                                 .passes = made.passes};
  for (const WeightRule& rule : stage.rules) {
    KeyedRule& keyed_rule = quantization.rules.emplace_back(KeyedRule{rule.match, rule.skip, rule.bits, std::nullopt});
    if (rule.function) keyed_rule.function = function(*rule.function);
  }
  return quantize_key(content_key(plan, made.input), quantization);
}

std::string predict_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant, plugins::Registry& registry) {
  const PlannedModel& root = *plan.models[spec.variants[variant].root];
  const PluginUse& use = spec.evaluate->backend;
  return predict_key(content_key(plan, variant), plan.tasks[plan.inputs[root.input].task].key,
                     keyed(registry.backend(use.name), use), root.scores_only,
                     root.feed ? root.feed->output.name : std::string());
}

std::string sensitivity_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant,
                            plugins::Registry& registry) {
  const SensitivityStage& stage = spec.sensitivity.value();
  const PluginUse& function = stage.function.function;
  const PluginUse& backend = stage.backend;
  return sensitivity_key(content_key(plan, variant), plan.tasks[plan.inputs[plan.models[variant]->study].task].key,
                         {.function = keyed(registry.quantizer(function.name), function),
                          .widths = stage.function.widths,
                          .backend = keyed(registry.backend(backend.name), backend),
                          .samples = stage.samples});
}

std::string baseline_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant, plugins::Registry& registry) {
  const PluginUse& backend = spec.sensitivity.value().backend;
  return predict_key(content_key(plan, variant), plan.tasks[plan.inputs[plan.models[variant]->study].task].key,
                     keyed(registry.backend(backend.name), backend), true);
}

std::string mix_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant) {
  const VariantSpec& made = spec.variants[variant];
  const MixedStage& stage = spec.mixes[made.stage];
  KeyedMix mix{.target = "", .description = made.description, .measurements = stage.measurements};
  if (stage.size) mix.target = fmt::format("size {}", *stage.size);
  if (stage.divergence) mix.target = fmt::format("kl {}", *stage.divergence);
  if (!stage.size_of.empty()) mix.target = "size of " + content_key(plan, made.size_of);
  return mix_key(plan.tasks[plan.sensitivity[made.root].value()].key, mix);
}

}  // namespace goldilocks::pipeline
