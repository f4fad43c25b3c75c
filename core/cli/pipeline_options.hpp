#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/pipeline/yaml/spec.hpp"

namespace goldilocks::cli {

// The arguments that all commands on a pipeline file share: its path, and --set for its variables.
struct PipelineOptions {
  std::filesystem::path file;
  std::vector<std::string> set;

  void declare(CLI::App& command);
  // Throws UsageError for a --set that is not NAME=VALUE.
  pipeline::ParseSettings parse_settings() const;
};

}  // namespace goldilocks::cli
