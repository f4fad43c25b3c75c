#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/plugins/registry.hpp"
#include "core/plugins/text_options.hpp"

namespace goldilocks::pipeline {

struct ReportRunRequest {
  std::filesystem::path run;  // a run's folder, or its results.json
  std::string format;         // a report plugin
  plugins::TextOptions options;
  std::filesystem::path output;  // a folder, made where it is missing
  bool force = false;            // a file of the report may take the place of the results that it is made from
};

// Writes a report of an earlier run, and returns the files, in order. Files of the same names are replaced, each whole
// or not at all. Throws what read_run() throws, FileError also where a run is writing into the output, UsageError for
// options and for a folder in the way, PluginError; nothing is written then.
std::vector<std::filesystem::path> report_run(const ReportRunRequest& request, plugins::Registry& registry);

}  // namespace goldilocks::pipeline
