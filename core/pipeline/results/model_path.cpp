#include "core/pipeline/results/model_path.hpp"

#include "core/formats/model_files.hpp"

namespace goldilocks::pipeline {

std::optional<std::filesystem::path> model_path(const PipelineSpec& spec, const Plan& plan,
                                                const std::vector<TaskResult>& tasks, std::size_t variant) {
  if (plan.models[variant]) return spec.model_of(spec.variants[variant]).file.path;
  const auto& artifact = tasks[plan.quantize[variant].value()].artifact;
  return artifact ? std::optional(artifact->file) : std::nullopt;
}

std::string file_name(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
                      std::size_t variant) {
  const std::filesystem::path path = model_path(spec, plan, tasks, variant).value();
  return spec.variants[variant].name + std::string(formats::ending_of(path));
}

}  // namespace goldilocks::pipeline
