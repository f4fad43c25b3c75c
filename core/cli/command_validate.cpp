// validate PIPELINE|MODEL: every fault of a pipeline file; or what Apple's loader would refuse in a model, what
// `predict` would refuse, and what is doubtful.
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/cli/commands.hpp"
#include "core/cli/pipeline_options.hpp"
#include "core/model/model_file.hpp"
#include "core/runtime/check_model.hpp"

namespace goldilocks::cli {
namespace {

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Warnings are for the reader, or with `strict` as good as errors for a script.
ExitCode validate_model(const std::filesystem::path& file, bool strict) {
  const std::string name = file.string();
  const runtime::ModelCheck check = runtime::check_model(model::load_model(file));
  for (const model::Violation& error : check.errors) std::cout << name << ": " << error.text() << '\n';
  for (const model::Violation& warning : check.warnings) std::cout << name << ": warning: " << warning.text() << '\n';
  if (!check.errors.empty()) throw ModelError(name + ": " + counted(check.errors.size(), "error"));
  if (check.warnings.empty()) {
    std::cout << name << ": valid\n";
    return ExitCode::done;
  }
  std::cout << name << ": valid, with " << counted(check.warnings.size(), "warning") << '\n';
  return strict ? ExitCode::gate_failed : ExitCode::done;
}

}  // namespace

void add_validate_command(CLI::App& app, Context& context, Action& chosen) {
  struct ValidateOptions {
    std::filesystem::path file;
    std::vector<std::string> set;
    bool strict = false;
  };
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand("validate", "Check a pipeline file or a model");
  command->add_option("FILE", options->file, "A pipeline (.yaml, .yml) or a model")->required();
  command->add_option("--set", options->set, "Give a variable of the pipeline a value; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  command->add_flag("--strict", options->strict, "Exit with 1 where a model has warnings");
  command->callback([options, &context, &chosen] {
    chosen = [options, &context] {
      const auto extension = options->file.extension();
      if (extension != ".yaml" && extension != ".yml") return validate_model(options->file, options->strict);
      PipelineOptions pipeline_options{options->file, options->set};
      pipeline::parse_pipeline(options->file, pipeline_options.parse_settings(), context.registry());
      std::cout << options->file.string() << ": valid\n";
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
