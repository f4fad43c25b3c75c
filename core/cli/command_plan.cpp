// plan PIPELINE: what a run would do, and what is in the store already.
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "core/cli/commands.hpp"
#include "core/cli/pipeline_options.hpp"
#include "core/pipeline/plan.hpp"

namespace goldilocks::cli {
namespace {

nlohmann::ordered_json plan_json(const pipeline::Plan& plan, const store::Store& store) {
  nlohmann::ordered_json tasks = nlohmann::ordered_json::array();
  for (const pipeline::Task& task : plan.tasks) {
    tasks.push_back({{"id", task.id},
                     {"kind", pipeline::to_text(task.kind)},
                     {"key", task.key},
                     {"inputs", task.inputs},
                     {"state", store.contains(task.key) ? "done" : "to do"}});
  }
  return {{"tasks", tasks}, {"notices", plan.notices}};
}

}  // namespace

void add_plan_command(CLI::App& app, Context& context, Action& chosen) {
  struct Options : PipelineOptions {
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("plan", "Show what a pipeline would run, and what is there already");
  options->declare(*command);
  command->add_flag("--json", options->json, "Print a JSON document");
  command->callback([options, &context, &chosen] {
    chosen = [options, &context] {
      const pipeline::PipelineSpec spec =
          pipeline::parse_pipeline(options->file, options->parse_settings(), context.registry());
      const pipeline::Plan plan = pipeline::make_plan(spec, context.registry(), context.pool());
      if (options->json) {
        std::cout << plan_json(plan, context.artifact_store()).dump(2) << '\n';
      } else {
        std::cout << pipeline::describe_plan(spec, plan, context.artifact_store());
      }
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
