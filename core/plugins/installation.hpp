#pragma once

#include <filesystem>

namespace goldilocks::plugins {

// Where the running program is installed: <prefix> of <prefix>/bin/<program>. A build folder looks the same. Where this
// code is in a shared library (Goldilocks::runtime, the Python package), the prefix is the nearest folder above the
// library that has the plugins. Throws FileError if the program's own location can't be read.
std::filesystem::path installation_prefix();

// <prefix>/lib/goldilocks/plugins, <prefix>/share/goldilocks/template. They need not exist.
std::filesystem::path installed_plugin_folder();
std::filesystem::path installed_template_folder();

}  // namespace goldilocks::plugins
