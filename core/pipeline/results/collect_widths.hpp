#pragma once

#include <string>
#include <vector>

#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/results/run_folder.hpp"
#include "core/pipeline/tasks/run_tasks.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// Adds what the sensitivity and mixed stages have found to the results document, as far as their tasks succeeded.
void collect_widths(goldilocks::Results& results, const PipelineSpec& spec, const Plan& plan,
                    const std::vector<TaskResult>& tasks);

// Adds the rules of each mixed variant to the run's folder: "NAME.rules.yaml".
void add_rules_files(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
                     RunFolder& folder);

}  // namespace goldilocks::pipeline
