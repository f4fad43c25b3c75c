#pragma once

#include <cstddef>
#include <string>

#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"

namespace goldilocks::pipeline {

// One task of a plan's document with all that it is made from, ready to be run by run_tasks().
struct TaskPlan {
  PipelineSpec spec;
  Plan plan;
  std::size_t index = 0;  // of the task in `plan`
};

// The inverse of to_message() with the values of the environment, as far as a quantizing or predicting task needs it:
// datasets stay closed, as the task reads prepared images. Throws PluginError and UsageError as the pipeline's parser
// would; Error(ExitCode::internal) for a document that names what it doesn't have; and FileError if what the task's key
// stands for is not what is there: a plugin's library or an option's file was changed since the plan was made.
TaskPlan task_plan(const goldilocks::Plan& message, const std::string& task_id, plugins::Registry& registry);

// A plugin's options, typed, from the settings of a document in which files have absolute paths. Throws UsageError.
PluginUse plugin_use(const goldilocks::PluginSettings& settings, const std::vector<plugins::OptionSpec>& specs);

// Throws FileError unless the store has what the task reads.
void require_inputs(const TaskPlan& task, const store::Store& store);

}  // namespace goldilocks::pipeline
