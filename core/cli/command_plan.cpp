// plan PIPELINE: what a run would do, and what is in the store already.
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/pipeline_options.hpp"
#include "core/cli/table.hpp"
#include "core/pipeline/check_run.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/plan/plan_tensors.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/tasks/adopt.hpp"

namespace goldilocks::cli {
namespace {

nlohmann::ordered_json tensors_json(const pipeline::TensorPlans& plans) {
  nlohmann::ordered_json tensors = nlohmann::ordered_json::array();
  for (const pipeline::TensorPlan& plan : plans.tensors) {
    tensors.push_back({{"layer", plan.weight.layer},
                       {"layerType", plan.weight.operation},
                       {"parameter", plan.weight.parameter},
                       {"count", plan.weight.count},
                       {"before", plan.before},
                       {"after", plan.after},
                       {"function", plan.function},
                       {"rule", plan.rule},
                       {"note", plan.note}});
  }
  return tensors;
}

std::string tensors_text(const std::string& variant, const pipeline::TensorPlans& plans) {
  Table table({{"layer"},
               {"type"},
               {"parameter"},
               {"weights", Align::right},
               {"before"},
               {"after"},
               {"function"},
               {"rule", Align::right},
               {"note"}});
  for (const pipeline::TensorPlan& plan : plans.tensors) {
    const weights::Weight& weight = plan.weight;
    table.add_row({weight.layer, weight.operation, weight.parameter, fmt::format("{}", weight.count), plan.before,
                   plan.after, plan.function, plan.rule == 0 ? "" : fmt::format("{}", plan.rule), plan.note});
  }
  return fmt::format("\n{}\n{}", variant, table.text());
}

nlohmann::ordered_json plan_json(const pipeline::Plan& plan, const store::Store& store,
                                 pipeline::TensorPlanner* planner) {
  nlohmann::ordered_json tasks = nlohmann::ordered_json::array();
  for (const pipeline::Task& task : plan.tasks) {
    tasks.push_back({{"id", task.id},
                     {"kind", pipeline::to_text(task.kind)},
                     {"key", task.key},
                     {"inputs", task.inputs},
                     {"state", store.contains(task.key) ? "done" : "to do"}});
    const bool makes_tensors = planner != nullptr && task.kind == pipeline::TaskKind::quantize;
    if (makes_tensors) tasks.back()["tensors"] = tensors_json(planner->of(task.variant));
  }
  return {{"tasks", tasks}, {"notices", plan.notices}};
}

}  // namespace

void add_plan_command(CLI::App& app, Context& context, Action& chosen) {
  struct PlanOptions : PipelineOptions {
    bool json = false;
    bool tensors = false;
    std::filesystem::path output;
    bool adopt = false;
  };
  auto options = std::make_shared<PlanOptions>();
  CLI::App* command = app.add_subcommand("plan", "Show what a pipeline would run, and what is there already");
  options->declare(*command);
  command->add_flag("--json", options->json, "Print a JSON document");
  command->add_flag("--tensors", options->tensors, "Show for each variant what will become of every weight tensor");
  command->add_option("--output,-o", options->output, "Write the plan to this file, for `work`")->type_name("FILE");
  command->add_flag("--adopt", options->adopt,
                    "Copy what the tasks read into the store, so that `work` needs nothing else");
  command->callback([options, &context, &chosen] {
    chosen = [options, &context] {
      const pipeline::PipelineSpec spec =
          pipeline::parse_pipeline(options->file, options->parse_settings(), context.registry());
      pipeline::check_run(spec);
      const pipeline::Plan plan = pipeline::make_plan(spec, context.registry(), context.pool());
      if (!options->output.empty()) write_file_atomically(options->output, pipeline::to_json_text(plan.document));
      if (options->adopt) pipeline::adopt_sources(plan, context.artifact_store(), context.pool());
      pipeline::TensorPlanner planner(spec, context.registry());
      if (options->json) {
        std::cout << plan_json(plan, context.artifact_store(), options->tensors ? &planner : nullptr).dump(2) << '\n';
        return ExitCode::done;
      }
      std::cout << pipeline::describe_plan(spec, plan, context.artifact_store());
      for (std::size_t i = 0; options->tensors && i < spec.variants.size(); ++i) {
        if (spec.variants[i].quantized()) std::cout << tensors_text(spec.variants[i].name, planner.of(i));
      }
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
