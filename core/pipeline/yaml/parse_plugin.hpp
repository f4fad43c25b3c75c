#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/pipeline/yaml/stage_context.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// A plugin as a pipeline names it, with those of its settings that belong to the pipeline and not to the plugin.
struct ParsedPlugin {
  PluginUse use;
  Fields own;  // keys of `own_keys`
};

// Reads `name`, or `{name: {option: value, ...}}`: opens the plugin, checks and completes its options. What is wrong is
// a fault: an unknown name or option with a suggestion, a library that is refused, a value that its declaration doesn't
// allow.
std::optional<ParsedPlugin> parse_plugin(YamlReader& reader, plugins::Registry& registry, plugins::Kind kind,
                                         const YAML::Node& node, const Mapping* own_keys = nullptr);

// A plugin with options that are no part of a pipeline's text: `base`'s, or otherwise the defaults, with these in their
// place. Throws PluginError, UsageError.
PluginUse plugin_use(plugins::Registry& registry, plugins::Kind kind, const std::string& name, const PluginUse* base,
                     const std::map<std::string, std::string>& texts);

// The declared options of a plugin. Throws PluginError.
const std::vector<plugins::OptionSpec>& options_of(plugins::Registry& registry, plugins::Kind kind,
                                                   const std::string& name);

}  // namespace goldilocks::pipeline
