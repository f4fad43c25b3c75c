#include "core/plugins/plugin_file_name.hpp"

#include <fmt/format.h>

#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {

std::string to_text(Kind kind) {
  switch (kind) {
    case Kind::quantizer:
      return "quantizer";
    case Kind::backend:
      return "backend";
    case Kind::report:
      return "report";
  }
  return {};
}

std::optional<PluginFileName> parse_plugin_file_name(std::string_view file_name) {
  constexpr std::string_view ending = ".so";
  if (!file_name.ends_with(ending)) return std::nullopt;
  file_name.remove_suffix(ending.size());
  for (const Kind kind : {Kind::quantizer, Kind::backend, Kind::report}) {
    const std::string prefix = fmt::format("goldilocks-{}-", to_text(kind));
    if (!file_name.starts_with(prefix)) continue;
    const std::string_view name = file_name.substr(prefix.size());
    if (is_valid_name(name)) return PluginFileName{kind, std::string(name)};
  }
  return std::nullopt;
}

std::string plugin_file_name(Kind kind, std::string_view name) {
  return fmt::format("goldilocks-{}-{}.so", to_text(kind), name);
}

}  // namespace goldilocks::plugins
