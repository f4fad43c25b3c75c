#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/plugins/registry.hpp"

namespace goldilocks::plugins {

// The search path as it is kept: absolute, without empty entries. Throws PluginError for a file that is not called as
// plugins are.
std::vector<std::filesystem::path> checked_places(const std::vector<std::filesystem::path>& places);

// The library of this name, unopened. Throws PluginError for a name that no plugin can have, and for one that is in
// none of the places, with a suggestion or where it was looked for.
std::filesystem::path find_plugin(const std::vector<std::filesystem::path>& places, Kind kind, const std::string& name);

// All names of a kind, sorted.
std::vector<std::string> plugin_names(const std::vector<std::filesystem::path>& places, Kind kind);

}  // namespace goldilocks::plugins
