#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugins/options.hpp"
#include "core/plugins/plugin_library.hpp"
#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {

// Checks that the factories of all kinds share. Each throws PluginError "<file>: <reason>".

// The name that a factory declares: it must be valid, and that of its file, so that a pipeline means one function by
// one word; another name is given by a symbolic link. A file that is not called goldilocks-<kind>-<name>.so, as links
// may lead anywhere, has no name to compare.
void check_factory_name(const PluginLibrary& library, std::string_view kind, const char* declared);

// A member function of the factory that must be there.
void check_member(const PluginLibrary& library, bool present, std::string_view member);

// A list of strings, copied; each must be there and not empty.
std::vector<std::string> read_strings(const PluginLibrary& library, std::string_view what, const char* const* strings,
                                      std::uint64_t count);

// The declared options (declared_options.hpp), with the file in front of what is wrong with them.
std::vector<OptionSpec> read_factory_options(const PluginLibrary& library, const glk_option* const* options,
                                             std::uint64_t count);

// Fills what plugins of all kinds have. `name` is the one that pipelines use, which may be an alias.
template <class Plugin, class Factory>
void describe_plugin(Plugin& plugin, const PluginLibrary& library, const std::string& name, const Factory& factory) {
  plugin.name = name;
  plugin.summary = clean_text(factory.summary);
  plugin.version = library.version;
  plugin.license = library.license;
  plugin.file = library.file;
  plugin.file_sha256 = library.sha256;
  plugin.options = read_factory_options(library, factory.options, factory.option_count);
}

}  // namespace goldilocks::plugins
