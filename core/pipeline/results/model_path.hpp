#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/tasks/run_tasks.hpp"
#include "core/pipeline/yaml/spec.hpp"

namespace goldilocks::pipeline {

// Where the file or folder of a variant is: what was loaded, or in the store. Nothing if it could not be made.
std::optional<std::filesystem::path> model_path(const PipelineSpec& spec, const Plan& plan,
                                                const std::vector<TaskResult>& tasks, std::size_t variant);

// What it is called in the run's folder: the variant's name, with the ending of its kind. Precondition: it is there.
std::string file_name(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
                      std::size_t variant);

}  // namespace goldilocks::pipeline
