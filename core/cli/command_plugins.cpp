// plugins list, plugins describe NAME: what was found, and the options that each declares.
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/base/suggest.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/table.hpp"

namespace goldilocks::cli {
namespace {

using plugins::Kind;
using plugins::OptionSpec;
using plugins::OptionType;

std::string type_text(const OptionSpec& option) {
  switch (option.type) {
    case OptionType::boolean:
      return "true or false";
    case OptionType::integer:
      return "integer";
    case OptionType::number:
      return "number";
    case OptionType::string:
      return "text";
    case OptionType::choice:
      return fmt::format("{}", fmt::join(option.choices, " | "));
    case OptionType::numbers:
      return "list of numbers";
    case OptionType::path:
      return "path";
  }
  return "";
}

std::string range_text(const OptionSpec& option) {
  if (option.minimum && option.maximum) return fmt::format(", {} to {}", *option.minimum, *option.maximum);
  if (option.minimum) return fmt::format(", at least {}", *option.minimum);
  if (option.maximum) return fmt::format(", at most {}", *option.maximum);
  return "";
}

void print_description(const plugins::PluginInfo& info) {
  std::cout << fmt::format("{} ({})\n  {}\n  version {}, {}\n  {}\n", info.name, plugins::to_text(info.kind),
                           info.summary, info.version, info.license, info.file.string());
  if (info.options.empty()) std::cout << "  no options\n";
  for (const OptionSpec& option : info.options) {
    std::cout << fmt::format(
        "  {}: {}{}{}\n      {}\n", option.name, type_text(option), range_text(option),
        option.required ? ", required" : fmt::format(", default {}", plugins::to_text(option.default_value)),
        option.help);
  }
}

ExitCode list_plugins(plugins::Registry& registry) {
  Table table({{"kind"}, {"name"}, {"version"}, {"what it does"}});
  for (const plugins::PluginInfo& info : registry.list()) {
    table.add_row({plugins::to_text(info.kind), info.name, info.version,
                   info.error.empty() ? info.summary : "can't be used: " + info.error});
  }
  if (table.empty()) {
    std::cout << "no plugin found in:\n";
    for (const auto& place : registry.search_path()) std::cout << "  " << place.string() << '\n';
  } else {
    std::cout << table.text();
  }
  return ExitCode::done;
}

ExitCode describe_plugin(plugins::Registry& registry, const std::string& name) {
  bool found = false;
  std::vector<std::string> all;
  for (const Kind kind : {Kind::quantizer, Kind::backend, Kind::report}) {
    for (const std::string& candidate : registry.names(kind)) {
      all.push_back(candidate);
      if (candidate != name) continue;
      const plugins::PluginInfo info = registry.describe(kind, name);
      if (!info.error.empty()) throw PluginError(info.file.string(), info.error);
      print_description(info);
      found = true;
    }
  }
  if (!found) throw PluginError("no plugin '" + name + "' was found" + did_you_mean(name, all));
  return ExitCode::done;
}

}  // namespace

void add_plugins_command(CLI::App& app, Context& context, Action& chosen) {
  CLI::App* command = app.add_subcommand("plugins", "List or describe the plugins that are found");
  command->require_subcommand(1);
  CLI::App* list = command->add_subcommand("list", "List all plugins");
  list->callback([&context, &chosen] { chosen = [&context] { return list_plugins(context.registry()); }; });

  auto name = std::make_shared<std::string>();
  CLI::App* describe = command->add_subcommand("describe", "Show a plugin's options");
  describe->add_option("NAME", *name, "The plugin's name, as a pipeline says it")->required();
  describe->callback(
      [&context, &chosen, name] { chosen = [&context, name] { return describe_plugin(context.registry(), *name); }; });
}

}  // namespace goldilocks::cli
