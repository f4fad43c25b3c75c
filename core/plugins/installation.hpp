#pragma once

#include <filesystem>

namespace goldilocks::plugins {

// Where the running program is installed: <prefix> of <prefix>/bin/<program>. A build folder looks the same.
// Throws FileError if the program's own location can't be read.
std::filesystem::path installation_prefix();

// <prefix>/lib/goldilocks/plugins, <prefix>/share/goldilocks/template. They need not exist.
std::filesystem::path installed_plugin_folder();
std::filesystem::path installed_template_folder();

}  // namespace goldilocks::plugins
