#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/plugins/options.hpp"

namespace goldilocks::plugins {

class ReportPlugin {
 public:
  virtual ~ReportPlugin() = default;
  std::string name, summary, version, license;
  std::filesystem::path file;
  std::string file_sha256;
  std::vector<OptionSpec> options;

  // Lets the plugin write its files into `folder`, which must exist and be empty. Throws PluginError.
  virtual void write(const OptionValues& options, const nlohmann::ordered_json& results,
                     const std::filesystem::path& folder) const = 0;
};

}  // namespace goldilocks::plugins
