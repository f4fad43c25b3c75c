#pragma once

#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/tasks/run_tasks.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// What the proof ran: the predictions of the chosen variant and of its baseline, with all that they are made from.
struct ProofTasks {
  Plan plan;
  std::vector<TaskResult> results;
  std::string failure;                  // why there is no proof, if a plugin failed; one line
  ExitCode exit_code = ExitCode::done;  // the family of that error
};

// Evaluates the chosen variant on the part of the `prove` stage, holds the limits against these figures, and fills the
// document's proof, and its dataset. Called after select_variant(), of a document with a chosen variant. What it needs
// is taken from the store where it is there. Throws as run_tasks() does.
ProofTasks prove_chosen(goldilocks::Results& results, const PipelineSpec& spec, plugins::Registry& registry,
                        store::Store& store, ThreadPool& pool, const TaskSettings& settings);

}  // namespace goldilocks::pipeline
