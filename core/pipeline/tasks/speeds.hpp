#pragma once

#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/tasks/progress.hpp"
#include "core/pipeline/tasks/run_tasks.hpp"
#include "core/pipeline/tasks/worker_process.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// Fills the speed in the cost of every variant that was evaluated: how long one prediction takes on one thread, from
// the values of the inputs to those of the outputs, and how much memory a process takes that loads the file and
// predicts once. Nothing else should run meanwhile. The inputs are noise of the sizes that the model takes by default,
// the same for all variants: arrays of values from 0 to below 1/2, images of bytes; numbers are 0, and texts,
// dictionaries and sequences empty. Optional inputs are left out. Throws ModelError and PluginError beginning with the
// variant's file, FileError, and Interrupted.
//
// Precondition: an evaluate stage that asks for it.
void add_speeds(goldilocks::Results& results, const PipelineSpec& spec, const Plan& plan,
                const std::vector<TaskResult>& tasks, plugins::Registry& registry, const WorkerProgram& worker,
                ProgressListener* progress);

// A worker's part of it: the largest resident size of this process, in MiB, once the model has predicted.
double measure_memory(const goldilocks::MemoryParameters& parameters, plugins::Registry& registry);

}  // namespace goldilocks::pipeline
