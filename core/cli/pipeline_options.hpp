#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/pipeline/spec/spec.hpp"

namespace goldilocks::cli {

// The arguments that all commands on a pipeline file share: its path, and --set for its variables.
struct PipelineOptions {
  std::filesystem::path file;
  std::vector<std::string> set;

  void declare(CLI::App& command);
  // Throws UsageError for a --set that is not NAME=VALUE.
  pipeline::ParseSettings parse_settings() const;
};

// Splits NAME=VALUE at the first '='. `option` names the option in the error.
std::vector<std::pair<std::string, std::string>> split_assignments(const std::vector<std::string>& texts,
                                                                   const std::string& option);

}  // namespace goldilocks::cli
