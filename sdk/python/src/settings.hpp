#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <pybind11/pybind11.h>

#include "core/plugins/registry.hpp"
#include "core/plugins/text_options.hpp"

// What several functions of the package take.
namespace goldilocks::python {

using Paths = std::vector<std::filesystem::path>;

// Finds plugins in these places, then as the program does. Opening a plugin is remembered for the process.
plugins::Registry registry_of(const Paths& plugin_path);

// Options with values that are text already.
plugins::TextOptions text_options(const std::map<std::string, std::string>& options);

}  // namespace goldilocks::python
