#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/plugins/registry.hpp"

namespace goldilocks::plugins {

struct PluginFileName {
  Kind kind = Kind::quantizer;
  std::string name;
};

// "goldilocks-quantizer-linear.so" -> quantizer, linear; nothing for any other form, or a name beyond [a-z0-9_]+.
std::optional<PluginFileName> parse_plugin_file_name(std::string_view file_name);
std::string plugin_file_name(Kind kind, std::string_view name);

}  // namespace goldilocks::plugins
