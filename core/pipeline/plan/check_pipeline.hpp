#pragma once

#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// The checks of make_plan() without hashing the inputs: the notices of the plan. Throws the same PipelineErrors.
std::vector<std::string> check_pipeline(const PipelineSpec& spec, plugins::Registry& registry, ThreadPool& pool);

}  // namespace goldilocks::pipeline
