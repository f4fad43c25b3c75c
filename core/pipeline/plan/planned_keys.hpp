#pragma once

#include <cstddef>
#include <string>

#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// The keys of the tasks that make, study and predict a variant, from what the plan has so far: the tasks that these
// read must be there. The planner computes them, and a worker again from what it was told. Throw PluginError, and
// FileError for an option's file that can't be read.
std::string quantize_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant, plugins::Registry& registry);
std::string predict_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant, plugins::Registry& registry);

std::string sensitivity_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant,
                            plugins::Registry& registry);
// Of what a model of the sensitivity stage itself says of the images.
std::string baseline_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant, plugins::Registry& registry);
std::string mix_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant);

}  // namespace goldilocks::pipeline
