// validate PIPELINE|MODEL: every fault of a pipeline file, or everything that Apple's loader would refuse in a model.
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/cli/commands.hpp"
#include "core/cli/pipeline_options.hpp"
#include "core/model/model_file.hpp"
#include "core/model/validate.hpp"

namespace goldilocks::cli {
namespace {

ExitCode validate_model(const std::filesystem::path& file) {
  const auto violations = model::validate(*model::load_model(file));
  if (violations.empty()) {
    std::cout << file.string() << ": valid\n";
    return ExitCode::done;
  }
  for (const auto& violation : violations) std::cout << file.string() << ": " << violation.text() << '\n';
  throw ModelError(fmt::format("{}: {} rule{} of the format {} broken", file.string(), violations.size(),
                               violations.size() == 1 ? "" : "s", violations.size() == 1 ? "is" : "are"));
}

}  // namespace

void add_validate_command(CLI::App& app, Context& context, Action& chosen) {
  struct ValidateOptions {
    std::filesystem::path file;
    std::vector<std::string> set;
  };
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand("validate", "Check a pipeline file or a model");
  command->add_option("FILE", options->file, "A pipeline (.yaml, .yml) or a model")->required();
  command->add_option("--set", options->set, "Give a variable of the pipeline a value; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  command->callback([options, &context, &chosen] {
    chosen = [options, &context] {
      const auto extension = options->file.extension();
      if (extension != ".yaml" && extension != ".yml") return validate_model(options->file);
      PipelineOptions pipeline_options{options->file, options->set};
      pipeline::parse_pipeline(options->file, pipeline_options.parse_settings(), context.registry());
      std::cout << options->file.string() << ": valid\n";
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
