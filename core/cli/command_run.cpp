// run PIPELINE: everything a pipeline asks for, and at the end the table of variants with the answer.
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/cli/commands.hpp"
#include "core/cli/force_option.hpp"
#include "core/cli/pipeline_options.hpp"
#include "core/cli/progress.hpp"
#include "core/cli/results_table.hpp"
#include "core/cli/table.hpp"
#include "core/pipeline/check_run.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/run.hpp"

namespace goldilocks::cli {
namespace {

void print_outcome(const pipeline::RunOutcome& outcome, const pipeline::PipelineSpec& spec) {
  const Results& results = outcome.results;
  for (const std::string& notice : results.notices()) std::cout << "note: " << notice << '\n';
  if (results.variants_size() > 0) std::cout << variants_table(results, is_coloured());
  if (results.has_selection()) std::cout << '\n' << results.selection().reason() << '\n';
  if (results.has_proof())
    std::cout << (results.proof().passed() ? "proof: " : "proof FAILED: ") << results.proof().reason() << '\n';
  if (results.findings_size() > 0) std::cout << '\n';
  for (const std::string& finding : results.findings()) std::cout << "- " << finding << '\n';
  const auto chosen = std::find_if(results.variants().begin(), results.variants().end(), [&](const Variant& variant) {
    return results.has_selection() && variant.name() == results.selection().chosen();
  });
  std::cout << '\n';
  if (chosen != results.variants().end()) {
    std::cout << "chosen file: " << (outcome.folder / chosen->file()).string() << '\n';
  }
  std::vector<std::string> reports;
  for (const auto& report : spec.reports) reports.push_back(report.name);
  if (!outcome.published.empty()) std::cout << "published: " << outcome.published.string() << '\n';
  std::cout << fmt::format("results{}: {}\n",
                           reports.empty() ? "" : fmt::format(" and reports ({})", fmt::join(reports, ", ")),
                           outcome.folder.string());
  std::cout << fmt::format("{} tasks computed, {} taken from the store\n", outcome.computed, outcome.reused);
}

}  // namespace

void add_run_command(CLI::App& app, Context& context, Action& chosen) {
  struct RunOptions : PipelineOptions {
    std::filesystem::path output;
    bool json = false;
    bool force = false;
    std::string isolation = "none";
  };
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run a pipeline");
  options->declare(*command);
  command->add_option("--output,-o", options->output, "The run's folder (default: runs/<name of the pipeline>)")
      ->type_name("DIR");
  add_force_option(*command, options->force);
  command
      ->add_option("--isolation", options->isolation,
                   "Run every task in a process of its own, or only those of stages that say so")
      ->check(CLI::IsMember({"none", "process"}));
  command->add_flag("--json", options->json, "Print the results document (results.json) in place of the table");
  command->callback([options, &context, &chosen] {
    chosen = [options, &context] {
      const pipeline::PipelineSpec spec =
          pipeline::parse_pipeline(options->file, options->parse_settings(), context.registry());
      pipeline::check_run(spec);
      const pipeline::Plan plan = pipeline::make_plan(spec, context.registry(), context.pool());
      pipeline::RunSettings settings;
      settings.output = options->output.empty() ? std::filesystem::path("runs") / spec.name : options->output;
      settings.tasks.worker = context.worker_program();
      settings.tasks.isolate_all = options->isolation == "process";
      settings.force = options->force;
      pipeline::RunOutcome outcome;
      {
        TerminalProgress progress;
        settings.tasks.progress = &progress;
        outcome =
            pipeline::run_pipeline(spec, plan, context.registry(), context.artifact_store(), context.pool(), settings);
      }
      if (options->json) {
        std::cout << pipeline::to_json_text(outcome.results);
      } else {
        print_outcome(outcome, spec);
      }
      for (const std::string& failure : outcome.failures) std::cerr << "error: " << failure << '\n';
      return outcome.exit_code;
    };
  });
}

}  // namespace goldilocks::cli
