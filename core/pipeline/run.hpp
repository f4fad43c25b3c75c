#pragma once

#include <cstddef>
#include <filesystem>
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

struct RunSettings {
  std::filesystem::path output;  // the run's folder; created if needed
  TaskSettings tasks{};
  bool force = false;  // what is written may replace what is read
};

struct RunOutcome {
  goldilocks::Results results;
  // done; gate_failed if nothing passed the selection, or what was chosen not the proof; plugin or unreadable if a
  // variant or report failed (the worst counts). Everything is written in each case.
  ExitCode exit_code = ExitCode::done;
  std::filesystem::path folder;
  std::filesystem::path published;    // the folder of the `publish` stage; empty if nothing was published
  std::vector<std::string> failures;  // one line for each variant and report that failed
  std::size_t computed = 0;           // tasks that ran
  std::size_t reused = 0;             // tasks whose artifact was there
};

// Runs what the store does not have yet, computes the metrics, selects, reports, and brings the run's folder up to
// date: models under readable names, results.json, timing.json, pipeline.yaml, plan.json, the reports, and
// manifest.json, which lists them. Each file is whole or not there; files of an earlier run that no longer belong are
// removed if they are as that run left them; a file that no run wrote is never touched, and none that this run reads
// (UsageError where it is in the way). All files but timing.json are the same bytes for the same input, whatever the
// threads and interruptions.
//
// What is published is published last, and only if nothing has failed and a variant passed, and its proof if there is
// one.
//
// A variant whose plugin fails is recorded with its error, and the others go on. Throws what concerns the whole run:
// FileError, DataError, Interrupted (the store keeps what was finished).
RunOutcome run_pipeline(const PipelineSpec& spec, const Plan& plan, plugins::Registry& registry, store::Store& store,
                        ThreadPool& pool, const RunSettings& settings);

}  // namespace goldilocks::pipeline
