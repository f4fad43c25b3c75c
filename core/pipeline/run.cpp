#include "core/pipeline/run.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/base/paths.hpp"
#include "core/formats/model_files.hpp"
#include "core/pipeline/plan/files_of_inputs.hpp"
#include "core/pipeline/predictions/collect_figures.hpp"
#include "core/pipeline/prove.hpp"
#include "core/pipeline/release/publish.hpp"
#include "core/pipeline/release/release_folder.hpp"
#include "core/pipeline/results/collect_results.hpp"
#include "core/pipeline/results/collect_widths.hpp"
#include "core/pipeline/results/costs.hpp"
#include "core/pipeline/results/few_samples.hpp"
#include "core/pipeline/results/model_path.hpp"
#include "core/pipeline/results/read_results.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/results/run_folder.hpp"
#include "core/pipeline/results/thumbnails.hpp"
#include "core/pipeline/results/write_reports.hpp"
#include "core/pipeline/tasks/run_tasks.hpp"
#include "core/pipeline/tasks/speeds.hpp"
#include "core/pipeline/tasks/timing.hpp"
#include "core/store/run_lock.hpp"
#include "core/store/verified_content.hpp"

namespace goldilocks::pipeline {
namespace {

void step(ProgressListener* progress, std::string_view what) {
  if (progress != nullptr) progress->step(what);
}

// A variant's failure is that of the task which makes it or of its prediction; a loaded model's also that of its
// sensitivities.
void note_failures(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
                   RunOutcome& outcome) {
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    for (const auto& task : {plan.quantize[i], plan.sensitivity[i], plan.predict[i]}) {
      if (!task || !tasks[*task].failure) continue;
      outcome.failures.push_back(failure_text(spec.variants[i], *tasks[*task].failure));
      outcome.exit_code = std::max(outcome.exit_code, tasks[*task].failure->exit_code());
      break;
    }
  }
}

// Tells the store what the run uses, so that it can be pruned of what no run does any more.
void note_tasks(store::Store& store, const std::filesystem::path& folder, const Plan& plan, const Plan& proof) {
  std::map<std::string, std::string> tasks;
  for (const Plan* part : {&plan, &proof}) {
    for (const Task& task : part->tasks) tasks[task.key] = task.id;
  }
  store.note_run(folder, tasks);
}

void add_model(RunFolder& folder, const std::filesystem::path& name, const std::filesystem::path& source,
               const std::string& sha256, std::uint64_t size) {
  if (!is_folder(source)) return folder.add_copy(name.string(), source, sha256, size);
  for (const std::filesystem::path& file : formats::files_of(source)) {
    const store::ContentHash content = store::hash_content(source / file);
    folder.add_copy((name / file).string(), source / file, content.sha256, content.size);
  }
}

void add_models(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks, RunFolder& folder) {
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    const auto path = model_path(spec, plan, tasks, i);
    if (!path) continue;
    const std::string name = spec.variants[i].name + std::string(formats::ending_of(*path));
    if (plan.models[i]) {
      add_model(folder, name, *path, plan.models[i]->sha256, plan.models[i]->size);
    } else {
      const store::Artifact& artifact = *tasks[*plan.quantize[i]].artifact;
      add_model(folder, name, *path, artifact.sha256, artifact.size);
    }
  }
}

// Without what the run itself has made already.
void keep_new(ProofTasks& proof, const Plan& before) {
  std::set<std::string> known;
  for (const Task& task : before.tasks) known.insert(task.key);
  const std::vector<Task> tasks = std::exchange(proof.plan.tasks, {});
  const std::vector<TaskResult> results = std::exchange(proof.results, {});
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (known.contains(tasks[i].key)) continue;
    proof.plan.tasks.push_back(tasks[i]);
    proof.results.push_back(results[i]);
  }
}

ProofTasks prove(const PipelineSpec& spec, const Plan& plan, plugins::Registry& registry, store::Store& store,
                 ThreadPool& pool, const RunSettings& settings, RunOutcome& outcome) {
  step(settings.tasks.progress, "proving the chosen variant");
  ProofTasks proof = prove_chosen(outcome.results, spec, registry, store, pool, settings.tasks);
  throw_if_cancelled();
  keep_new(proof, plan);
  for (const TaskResult& task : proof.results) (task.reused ? outcome.reused : outcome.computed) += 1;
  if (!proof.failure.empty()) {
    outcome.failures.push_back(proof.failure);
    outcome.exit_code = std::max(outcome.exit_code, proof.exit_code);
  }
  return proof;
}

bool gate_passed(const PipelineSpec& spec, const goldilocks::Results& results) {
  if (spec.prove && !results.proof().passed()) return false;
  return !spec.select || !results.selection().chosen().empty();
}

// The chosen variant's file: in this run's folder, or in that of the earlier run whose results were loaded.
std::filesystem::path chosen_file(const PipelineSpec& spec, const RunOutcome& outcome) {
  const auto chosen =
      std::find_if(outcome.results.variants().begin(), outcome.results.variants().end(),
                   [&](const auto& variant) { return variant.name() == outcome.results.selection().chosen(); });
  const std::filesystem::path folder = spec.earlier_results ? spec.earlier_results->path.parent_path() : outcome.folder;
  return folder / chosen->file();
}

}  // namespace

RunOutcome run_pipeline(const PipelineSpec& spec, const Plan& plan, plugins::Registry& registry, store::Store& store,
                        ThreadPool& pool, const RunSettings& settings) {
  const InputFiles inputs = settings.force ? InputFiles() : files_of_inputs(spec, plan);
  inputs.require_other(settings.output / "results.json");
  if (spec.publish) require_replaceable(spec.publish->folder.path, inputs);
  if (spec.earlier_results) store::require_no_run(spec.earlier_results->path.parent_path());
  const RunClock clock;
  const store::RunLock lock(settings.output);
  RunFolder folder(settings.output);
  folder.keep(inputs);
  note_tasks(store, settings.output, plan, {});
  const std::vector<TaskResult> tasks = run_tasks(plan, registry, store, pool, settings.tasks);
  throw_if_cancelled();

  RunOutcome outcome;
  outcome.folder = settings.output;
  for (const TaskResult& task : tasks) (task.reused ? outcome.reused : outcome.computed) += 1;
  note_failures(spec, plan, tasks, outcome);

  step(settings.tasks.progress, "computing metrics");
  outcome.results = spec.earlier_results ? read_results(spec.earlier_results->path)
                                         : collect_results(spec, plan, tasks, registry, pool);
  if (!spec.earlier_results) add_costs(outcome.results, spec, plan, tasks, store, pool);
  if (spec.evaluate && spec.evaluate->rounds > 0) {
    add_speeds(outcome.results, spec, plan, tasks, registry, settings.tasks.worker, settings.tasks.progress);
  }
  if (spec.select) {
    outcome.results.clear_proof();  // an earlier run's was of what that one chose
    select_variant(outcome.results, *spec.select);
  }
  state_findings(outcome.results);
  if (spec.select) state_few_samples(outcome.results, spec.select->rule);
  const ProofTasks proof = spec.prove && !outcome.results.selection().chosen().empty()
                               ? prove(spec, plan, registry, store, pool, settings, outcome)
                               : ProofTasks();
  if (!spec.earlier_results) add_thumbnails(outcome.results, spec, plan, pool);

  add_models(spec, plan, tasks, folder);
  add_rules_files(spec, plan, tasks, folder);
  folder.add("results.json", to_json_text(outcome.results));
  folder.add("plan.json", to_json_text(plan.document));
  if (proof.plan.document.tasks_size() > 0) folder.add("plan-proof.json", to_json_text(proof.plan.document));
  folder.add("pipeline.yaml", to_yaml(spec));
  if (!spec.reports.empty()) step(settings.tasks.progress, "writing reports");
  for (const std::string& failure : write_reports(spec, outcome.results, registry, folder)) {
    outcome.failures.push_back(failure);
    outcome.exit_code = std::max(outcome.exit_code, ExitCode::plugin);
  }
  throw_if_cancelled();
  note_tasks(store, settings.output, plan, proof.plan);
  step(settings.tasks.progress, "writing files");
  goldilocks::Timing timing = describe_timing(clock, plan, tasks, pool);
  add_tasks(timing, proof.plan, proof.results);
  folder.add("timing.json", to_json_text(timing), false);
  folder.commit();
  if (outcome.exit_code == ExitCode::done && !gate_passed(spec, outcome.results)) {
    outcome.exit_code = ExitCode::gate_failed;
  }
  if (spec.publish && outcome.exit_code == ExitCode::done) {
    step(settings.tasks.progress, "publishing");
    publish(spec, outcome.results, chosen_file(spec, outcome));
    outcome.published = spec.publish->folder.path;
  }
  return outcome;
}

}  // namespace goldilocks::pipeline
