#pragma once

#include <cstddef>
#include <string>

#include "core/pipeline/plan.hpp"
#include "core/pipeline/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// The keys of the tasks that make and predict a variant, from what the plan has so far: the tasks that these read must
// be there. The planner computes them, and a worker again from what it was told. Throw PluginError, and FileError for
// an option's file that can't be read.
std::string quantize_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant, plugins::Registry& registry);
std::string predict_key(const PipelineSpec& spec, const Plan& plan, std::size_t variant, plugins::Registry& registry);

}  // namespace goldilocks::pipeline
