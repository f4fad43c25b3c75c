#pragma once

#include <filesystem>
#include <string>

#include "core/plugins/installation.hpp"

namespace goldilocks::plugins {

// Writes a complete plugin project of its own to <parent>/<name>: a copy of the template folder (installation.hpp knows
// where the installed one lies) in which every "plugin_name", in texts and in file names, is `name`. The folder appears
// whole or not at all. With `force` the project may be written into a folder that exists: its files replace those of
// the same names, and everything else stays. Throws UsageError for a name that is not [a-z0-9_]+ and for a folder that
// exists without `force`, FileError for a template that can't be read and a folder that can't be written.
void create_plugin_project(const std::string& name, const std::filesystem::path& parent,
                           const std::filesystem::path& template_folder, bool force = false);

}  // namespace goldilocks::plugins
