// work PLAN --task ID: one task of a run, from its plan and the store alone. A run starts it for each task of a stage
// with `isolation: process`, with options that are not in the help.
#include <algorithm>
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/cli/commands.hpp"
#include "core/pipeline/tasks/speeds.hpp"
#include "core/pipeline/tasks/worker.hpp"

namespace goldilocks::cli {
namespace {

pipeline::WorkOutcome work(const std::filesystem::path& file, const std::string& id, Context& context,
                           const std::function<void(double)>& progress) {
  const Plan plan = pipeline::read_plan(file);
  const auto task = std::find_if(plan.tasks().begin(), plan.tasks().end(),
                                 [&](const PlannedTask& planned) { return planned.id() == id; });
  if (task != plan.tasks().end() && task->has_memory()) {
    return {.figure = pipeline::measure_memory(task->memory(), context.registry())};
  }
  return pipeline::run_task(plan, id, context.registry(), context.artifact_store(), context.pool(), progress);
}

}  // namespace

void add_work_command(CLI::App& app, Context& context, Action& chosen) {
  struct Options {
    std::filesystem::path plan;
    std::string task;
    std::optional<int> parent;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("work", "Run one task of a plan against the store");
  command->add_option("PLAN", options->plan, "plan.json of a run, or what `plan --output` wrote; - for standard input")
      ->required();
  command->add_option("--task", options->task, "The task's id: \"predict food\"")->type_name("ID")->required();
  command->add_option("--parent", options->parent, "The process that waits for reports on descriptor 3")->group("");
  command->callback([options, &context, &chosen] {
    chosen = [options, &context] {
      const auto run = [&](const std::function<void(double)>& progress) {
        return work(options->plan, options->task, context, progress);
      };
      if (options->parent) return pipeline::report_work(*options->parent, run);
      const pipeline::WorkOutcome outcome = run({});
      if (outcome.failure) throw Error(*outcome.failure);
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
