// validate PIPELINE|MODEL: every fault of a pipeline file and of what it names; or what Apple's loader would refuse in
// a model, what `predict` would refuse, what is doubtful, and with --for what a system can't load.
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/base/file_ending.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/pipeline_options.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/formats/validate_file.hpp"
#include "core/pipeline/check_run.hpp"
#include "core/pipeline/plan/check_pipeline.hpp"
#include "core/runtime/check_model.hpp"

namespace goldilocks::cli {
namespace {

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Programs have a check of their own, as `predict` doesn't take them.
runtime::ModelCheck check_file(const std::filesystem::path& file) {
  if (auto violations = formats::validate_program(file)) return {.errors = *std::move(violations), .warnings = {}};
  return runtime::check_model(formats::open(file));
}

// Throws ModelError that names the systems of which one can't load all of the model, after a line for each such part.
void require_systems(const std::filesystem::path& file, const std::vector<const formats::System*>& systems) {
  std::vector<std::string_view> refusing;
  for (const formats::System* system : systems) {
    const auto newer = formats::too_new_for(file, *system);
    for (const model::Violation& part : newer) std::cout << file.string() << ": " << part.text() << '\n';
    if (!newer.empty()) refusing.push_back(system->title);
  }
  if (!refusing.empty()) throw ModelError(file.string(), fmt::format("too new for {}", fmt::join(refusing, ", ")));
}

// Warnings are for the reader, or with `strict` as good as errors for a script.
ExitCode validate_model(const std::filesystem::path& file, bool strict, const std::vector<std::string>& system_names) {
  const std::string name = file.string();
  std::vector<const formats::System*> systems;
  for (const std::string& system : system_names) systems.push_back(&formats::system_named(system));
  const runtime::ModelCheck check = check_file(file);
  for (const model::Violation& error : check.errors) std::cout << name << ": " << error.text() << '\n';
  for (const model::Violation& warning : check.warnings) std::cout << name << ": warning: " << warning.text() << '\n';
  if (!check.errors.empty()) throw ModelError(name, counted(check.errors.size(), "error"));
  require_systems(file, systems);
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
    std::vector<std::string> systems;
  };
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand("validate", "Check a pipeline file or a model");
  command->add_option("FILE", options->file, std::string("A pipeline (.yaml, .yml), or a model: ") + formats::a_model)
      ->required();
  command->add_option("--set", options->set, "Give a variable of the pipeline a value; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  command->add_flag("--strict", options->strict, "Exit with 1 where a model has warnings");
  command->add_option("--for", options->systems, "Say what of a model this system can't load (ios16, macos13, ...)")
      ->type_name("SYSTEM")
      ->expected(1)
      ->take_all();
  command->callback([options, &context, &chosen] {
    chosen = [options, &context] {
      if (!has_ending(options->file, {".yaml", ".yml"})) {
        return validate_model(options->file, options->strict, options->systems);
      }
      if (!options->systems.empty()) throw UsageError("--for goes with a model, not with a pipeline");
      PipelineOptions pipeline_options{options->file, options->set};
      const pipeline::PipelineSpec spec =
          pipeline::parse_pipeline(options->file, pipeline_options.parse_settings(), context.registry());
      pipeline::check_run(spec);
      for (const std::string& notice : pipeline::check_pipeline(spec, context.registry(), context.pool())) {
        std::cout << "note: " << notice << '\n';
      }
      std::cout << options->file.string() << ": valid\n";
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
