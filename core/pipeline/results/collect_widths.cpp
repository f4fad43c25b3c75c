#include "core/pipeline/results/collect_widths.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/base/file.hpp"
#include "core/pipeline/results/collect_results.hpp"
#include "core/pipeline/results/model_path.hpp"
#include "core/pipeline/tasks/run_width_tasks.hpp"

namespace goldilocks::pipeline {
namespace {

std::string rules_file_name(const VariantSpec& variant) { return variant.name + ".rules.yaml"; }

void set_tensor(goldilocks::SensitiveTensor& message, const SensitiveTensor& tensor, const std::vector<int>& widths) {
  message.set_layer(tensor.layer);
  message.set_parameter(tensor.parameter);
  message.set_count(tensor.count);
  for (const int bits : widths) {
    const auto found = std::find(tensor.bits.begin(), tensor.bits.end(), bits);
    const auto index = static_cast<std::size_t>(found - tensor.bits.begin());
    const bool has = found != tensor.bits.end();
    message.add_divergence(has ? tensor.divergence[index] : std::numeric_limits<double>::quiet_NaN());
    message.add_bytes(has ? tensor.bytes[index] : 0);
  }
}

void set_sensitivity(goldilocks::Sensitivity& message, const PipelineSpec& spec, const Plan& plan, std::size_t variant,
                     const store::Artifact& artifact) {
  const SensitivityStage& stage = spec.sensitivity.value();
  const std::size_t dataset = plan.inputs[plan.models[variant]->study].dataset;
  const std::size_t samples = plan.datasets[dataset].content->samples.size();
  message.set_model(spec.variants[variant].name);
  message.set_function(stage.function.function.name);
  message.set_metric("kl");
  message.set_dataset(name_of(spec, plan.datasets[dataset]));
  const DatasetUse& use = spec.datasets[plan.datasets[dataset].dataset];
  if (!stage.part.empty()) message.set_split(data::describe_part(use.split.value(), stage.part));
  message.set_samples(stage.samples == 0 ? samples : std::min<std::uint64_t>(samples, stage.samples));
  for (const int bits : stage.function.widths) message.add_bits(static_cast<std::uint32_t>(bits));
  for (const SensitiveTensor& tensor : sensitivities_from_json(read_file(artifact.file), artifact.file.string())) {
    set_tensor(*message.add_tensors(), tensor, stage.function.widths);
  }
}

std::string target_in_words(const PipelineSpec& spec, const MixedStage& stage) {
  if (stage.size) return fmt::format("at most {} bytes", *stage.size);
  if (stage.divergence) return fmt::format("kl at most {}", *stage.divergence);
  const auto same = [&](const VariantSpec& variant) { return variant.name == stage.size_of; };
  const auto found = std::find_if(spec.variants.begin(), spec.variants.end(), same);
  return fmt::format("at most as large as {}", found->name);
}

void set_mixed(goldilocks::MixedWidths& message, const PipelineSpec& spec, const VariantSpec& variant,
               const MixedWidths& widths) {
  message.set_variant(variant.name);
  message.set_target(target_in_words(spec, spec.mixes[variant.stage]));
  message.set_predicted_divergence(widths.predicted);
  message.set_measured_divergence(widths.measured);
  message.set_uncorrected_divergence(widths.first_measured);
  message.set_corrections(widths.corrections);
  message.set_measurements(widths.measurements);
  message.set_rules_file(rules_file_name(variant));
  for (const MixedTensor& tensor : widths.tensors) {
    goldilocks::TensorWidth& width = *message.add_widths();
    width.set_layer(tensor.layer);
    width.set_parameter(tensor.parameter);
    width.set_bits(static_cast<std::uint32_t>(tensor.bits));
  }
}

// The artifact of a mixed variant, or null if it failed.
const store::Artifact* artifact_of(const Plan& plan, const std::vector<TaskResult>& tasks, std::size_t variant) {
  const auto& artifact = tasks[plan.quantize[variant].value()].artifact;
  return artifact ? &*artifact : nullptr;
}

// How to make the file from the rules again.
std::vector<std::string> comment_of(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
                                    std::size_t index, const MixedWidths& widths) {
  const VariantSpec& variant = spec.variants[index];
  const PluginUse& function = spec.function_of(variant).function;
  std::string command = fmt::format("goldilocks quantize {} --function {} --bits {}",
                                    file_name(spec, plan, tasks, variant.root), function.name, widths.common_bits());
  for (const auto& [name, option] : function.recorded) command += fmt::format(" --option {}={}", name, option.text);
  command += fmt::format(" --rules {} -o {}", rules_file_name(variant), file_name(spec, plan, tasks, index));
  return {fmt::format("{}: {}; kl {:.4g}, measured.", variant.name, target_in_words(spec, spec.mixes[variant.stage]),
                      widths.measured),
          command};
}

}  // namespace

void collect_widths(goldilocks::Results& results, const PipelineSpec& spec, const Plan& plan,
                    const std::vector<TaskResult>& tasks) {
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    if (plan.sensitivity[i] && tasks[*plan.sensitivity[i]].artifact) {
      set_sensitivity(*results.add_sensitivities(), spec, plan, i, *tasks[*plan.sensitivity[i]].artifact);
    }
  }
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    if (!spec.variants[i].mixed) continue;
    if (const store::Artifact* artifact = artifact_of(plan, tasks, i)) {
      set_mixed(*results.add_mixed(), spec, spec.variants[i], mixed_widths_of(artifact->notes));
    }
  }
}

void add_rules_files(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
                     RunFolder& folder) {
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    const VariantSpec& variant = spec.variants[i];
    if (!variant.mixed) continue;
    if (const store::Artifact* artifact = artifact_of(plan, tasks, i)) {
      const MixedWidths widths = mixed_widths_of(artifact->notes);
      folder.add(rules_file_name(variant), rules_file(widths.rules, comment_of(spec, plan, tasks, i, widths)));
    }
  }
}

}  // namespace goldilocks::pipeline
