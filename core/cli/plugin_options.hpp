#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace goldilocks::cli {

// --option NAME=VALUE, any number of times: what a plugin is given. `owner` is "backend", "function" or "report";
// `assignments` lives as long as the command.
void add_plugin_option(CLI::App& command, const std::string& owner, std::vector<std::string>& assignments);

// --backend, and its --option.
void add_backend_options(CLI::App& command, std::string& backend, std::vector<std::string>& assignments);

// The same of two models: --backend given once is for both, given twice for one after the other.
void add_backend_options(CLI::App& command, std::string& first, std::string& second,
                         std::vector<std::string>& assignments);

// Splits NAME=VALUE at the first '='. `option` names the option in the error. Throws UsageError.
std::vector<std::pair<std::string, std::string>> split_assignments(const std::vector<std::string>& assignments,
                                                                   const std::string& option = "--option");

}  // namespace goldilocks::cli
