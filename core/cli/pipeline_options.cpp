#include "core/cli/pipeline_options.hpp"

#include "core/cli/plugin_options.hpp"

namespace goldilocks::cli {

void PipelineOptions::declare(CLI::App& command) {
  command.add_option("PIPELINE", file, "A pipeline in YAML")->required();
  command.add_option("--set", set, "Give a variable of the pipeline a value; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
}

pipeline::ParseSettings PipelineOptions::parse_settings() const {
  pipeline::ParseSettings settings;
  settings.set = split_assignments(set, "--set");
  return settings;
}

}  // namespace goldilocks::cli
