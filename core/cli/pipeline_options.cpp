#include "core/cli/pipeline_options.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"

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

std::vector<std::pair<std::string, std::string>> split_assignments(const std::vector<std::string>& texts,
                                                                   const std::string& option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw UsageError(fmt::format("{} {}: expected NAME=VALUE", option, text));
    }
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

}  // namespace goldilocks::cli
