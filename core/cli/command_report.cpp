// report RUN --format NAME: a report of an earlier run.
#include <iostream>
#include <memory>

#include "core/cli/commands.hpp"
#include "core/cli/force_option.hpp"
#include "core/cli/plugin_options.hpp"
#include "core/pipeline/results/report_run.hpp"

namespace goldilocks::cli {
namespace {

struct ReportOptions {
  pipeline::ReportRunRequest request;
  std::vector<std::string> assignments;
};

ExitCode report(ReportOptions& options, Context& context) {
  options.request.options = split_assignments(options.assignments);
  for (const auto& file : pipeline::report_run(options.request, context.registry())) {
    std::cout << file.string() << '\n';
  }
  return ExitCode::done;
}

}  // namespace

void add_report_command(CLI::App& app, Context& context, Action& chosen) {
  auto options = std::make_shared<ReportOptions>();
  options->request.output = ".";
  CLI::App* command = app.add_subcommand("report", "Write a report of an earlier run");
  command->add_option("RUN", options->request.run, "A run's folder, or its results.json")->required();
  command->add_option("--format", options->request.format, "A report plugin: html, csv, ...")
      ->type_name("NAME")
      ->required();
  add_plugin_option(*command, "report", options->assignments);
  command->add_option("--output,-o", options->request.output, "The folder to write into")
      ->type_name("DIR")
      ->capture_default_str();
  add_force_option(*command, options->request.force);
  command->callback(
      [options, &context, &chosen] { chosen = [options, &context] { return report(*options, context); }; });
}

}  // namespace goldilocks::cli
