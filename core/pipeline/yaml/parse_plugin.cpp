#include "core/pipeline/yaml/parse_plugin.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"

namespace goldilocks::pipeline {
namespace {

// `name` or `{name: settings}`.
struct NamedSettings {
  std::string name;
  YAML::Node name_node;
  YAML::Node settings;  // null where there are none
};

std::optional<NamedSettings> split(YamlReader& reader, plugins::Kind kind, const YAML::Node& node) {
  const std::string what = "a " + plugins::to_text(kind);
  NamedSettings result;
  if (node.IsScalar()) {
    result.name_node = node;
  } else if (node.IsMap()) {
    const auto entries = reader.entries(node, what);
    if (!entries) return std::nullopt;
    if (entries->size() != 1) {
      reader.fault(node, what + " is one name with its options, as in '{name: {option: value}}'; this has " +
                             std::to_string(entries->size()) + " names");
      return std::nullopt;
    }
    result.name_node = entries->front().first;
    result.settings = entries->front().second;
  } else {
    reader.fault(node, what + " is a name, or a name with its options, as in '{name: {option: value}}'");
    return std::nullopt;
  }
  const auto name = reader.text(result.name_node, what);
  if (!name) return std::nullopt;
  result.name = name->value;
  return result;
}

// An unknown name is a fault of the pipeline; a library that is there and refused is one of the plugin.
const std::vector<plugins::OptionSpec>* open(YamlReader& reader, plugins::Registry& registry, plugins::Kind kind,
                                             const NamedSettings& named) {
  const std::vector<std::string> known = registry.names(kind);
  if (std::find(known.begin(), known.end(), named.name) == known.end()) {
    const std::string none = known.empty() ? "; no " + plugins::to_text(kind) + " was found at all" : "";
    reader.fault(named.name_node, "unknown " + plugins::to_text(kind) + " '" + named.name + "'" +
                                      did_you_mean(named.name, known) + none);
    return nullptr;
  }
  try {
    return &options_of(registry, kind, named.name);
  } catch (const PluginError& error) {
    reader.fault(named.name_node, error.what(), error.exit_code());
    return nullptr;
  }
}

struct WrittenOption {
  plugins::RawOption raw;
  RecordedOption recorded;
};

// What an option takes, in words.
std::string expected_of(const plugins::OptionSpec& spec) {
  switch (spec.type) {
    case plugins::OptionType::boolean:
      return "true or false";
    case plugins::OptionType::integer:
      return "a whole number";
    case plugins::OptionType::number:
      return "a number";
    case plugins::OptionType::choice:
      return fmt::format("one of {}", fmt::join(spec.choices, ", "));
    case plugins::OptionType::numbers:
      return "a list of numbers";
    case plugins::OptionType::path:
      return "a path";
    default:
      return "a text";
  }
}

std::optional<WrittenOption> read_value(YamlReader& reader, const plugins::OptionSpec& spec, const YAML::Node& node) {
  const std::string what = "option '" + spec.name + "'";
  const std::string expected = expected_of(spec);
  WrittenOption written;
  if (!node.IsSequence() || spec.type != plugins::OptionType::numbers) {
    const auto text = reader.text(node, what, expected);
    if (!text) return std::nullopt;
    written.raw.text = text->value;
    written.recorded.text = text->record;
    return written;
  }
  written.raw.list.emplace();
  written.recorded.is_list = true;
  for (const auto& item : node) {
    const auto text = reader.text(item, what, expected);
    if (!text) return std::nullopt;
    const std::string comma = written.raw.list->empty() ? "" : ",";
    written.raw.list->push_back(text->value);
    written.raw.text += comma + text->value;
    written.recorded.items.push_back(text->record);
    written.recorded.text += comma + text->record;
  }
  return written;
}

RecordedOption record_of(const plugins::OptionValue& value) {
  RecordedOption recorded;
  recorded.text = plugins::to_text(value);
  if (const auto* numbers = std::get_if<std::vector<double>>(&value)) {
    recorded.is_list = true;
    for (const double number : *numbers) recorded.items.push_back(plugins::to_text(plugins::OptionValue(number)));
  }
  return recorded;
}

}  // namespace

const std::vector<plugins::OptionSpec>& options_of(plugins::Registry& registry, plugins::Kind kind,
                                                   const std::string& name) {
  switch (kind) {
    case plugins::Kind::quantizer:
      return registry.quantizer(name).options;
    case plugins::Kind::backend:
      return registry.backend(name).options;
    default:
      return registry.report(name).options;
  }
}

PluginUse plugin_use(plugins::Registry& registry, plugins::Kind kind, const std::string& name, const PluginUse* base,
                     const std::map<std::string, std::string>& texts) {
  PluginUse use = base == nullptr ? PluginUse{} : *base;
  use.name = name;
  const std::vector<plugins::OptionSpec>& specs = options_of(registry, kind, name);
  for (const plugins::OptionSpec& spec : specs) {
    const auto text = texts.find(spec.name);
    if (text == texts.end()) continue;
    use.options[spec.name] = plugins::parse_option(spec, {text->second, std::nullopt}, "/");
    use.recorded.erase(spec.name);
  }
  use.options = plugins::complete_options(specs, std::move(use.options));
  for (const auto& [option, value] : use.options) use.recorded.try_emplace(option, record_of(value));
  return use;
}

std::optional<ParsedPlugin> parse_plugin(YamlReader& reader, plugins::Registry& registry, plugins::Kind kind,
                                         const YAML::Node& node, const Mapping* own_keys) {
  const auto named = split(reader, kind, node);
  if (!named) return std::nullopt;
  const auto* specs = open(reader, registry, kind, *named);
  if (specs == nullptr) return std::nullopt;

  ParsedPlugin plugin{.use = {}, .own = Fields(reader.place(named->name_node))};
  plugin.use.name = named->name;
  plugin.use.place = reader.place(named->name_node);
  const std::string what = "the options of " + plugins::to_text(kind) + " '" + named->name + "'";
  Entries entries;
  if (!named->settings.IsNull()) {
    const auto read = reader.entries(named->settings, what);
    if (!read) return std::nullopt;
    entries = *read;
  }
  const std::vector<std::string> own = own_keys == nullptr ? std::vector<std::string>{} : names_of(*own_keys);
  std::vector<std::string> known = own;
  for (const plugins::OptionSpec& spec : *specs) known.push_back(spec.name);

  bool failed = false;
  for (const auto& [key, value] : entries) {
    const std::string option = key.Scalar();
    if (std::find(own.begin(), own.end(), option) != own.end()) {
      plugin.own.add(option, value, reader.place(value));
      continue;
    }
    const auto spec = std::find_if(specs->begin(), specs->end(), [&](const auto& s) { return s.name == option; });
    if (spec == specs->end()) {
      reader.fault(key, plugins::to_text(kind) + " '" + named->name + "' has no option '" + option + "'" +
                            did_you_mean(option, known));
      failed = true;
      continue;
    }
    const auto written = read_value(reader, *spec, value);
    failed = failed || !written;
    if (!written) continue;
    try {
      RecordedOption recorded = written->recorded;
      if (spec->type == plugins::OptionType::path && written->raw.text.empty()) {
        plugin.use.options[option] = std::string();  // no file, as a default says it; not the pipeline's folder
      } else {
        plugin.use.options[option] = plugins::parse_option(*spec, written->raw, reader.folder());
        const Text text{written->raw.text, recorded.text, recorded.text};
        if (spec->type == plugins::OptionType::path) recorded.text = resolve_path(text, reader.folder()).record;
      }
      plugin.use.recorded[option] = recorded;
    } catch (const UsageError& error) {
      reader.fault(value, error.what());
      failed = true;
    }
  }
  if (failed) return std::nullopt;
  try {
    within(plugins::to_text(kind) + " '" + named->name + "'",
           [&] { plugin.use.options = plugins::complete_options(*specs, std::move(plugin.use.options)); });
  } catch (const UsageError& error) {
    reader.fault(named->name_node, error.what());
    return std::nullopt;
  }
  for (const auto& [option, value] : plugin.use.options) {
    if (!plugin.use.recorded.contains(option)) plugin.use.recorded[option] = record_of(value);
  }
  return plugin;
}

}  // namespace goldilocks::pipeline
