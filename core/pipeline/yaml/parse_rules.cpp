#include "core/pipeline/yaml/parse_rules.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/suggest.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"

namespace goldilocks::pipeline {
namespace {

bool offers(const plugins::QuantizerPlugin& plugin, int bits) {
  return std::find(plugin.widths.begin(), plugin.widths.end(), bits) != plugin.widths.end();
}

// One text or several, in both forms.
struct Patterns {
  std::vector<std::string> values, records;
};

std::optional<Patterns> parse_patterns(YamlReader& reader, const Fields& fields, const char* key) {
  Patterns patterns;
  const auto node = fields.find(key);
  if (!node) return patterns;
  const auto texts = reader.texts(*node, fmt::format("'{}'", key));
  if (!texts) return std::nullopt;
  for (const Text& text : *texts) {
    if (text.value.empty()) {
      reader.fault(*node, fmt::format("'{}' is empty, so no tensor fits", key));
      return std::nullopt;
    }
    patterns.values.push_back(text.value);
    patterns.records.push_back(text.record);
  }
  return patterns;
}

std::vector<std::string> parse_layer_types(YamlReader& reader, const Fields& fields) {
  std::vector<std::string> types;
  const auto node = fields.find("layer_type");
  if (!node) return types;
  std::vector<std::string> known;
  for (const model::LayerKind& kind : model::layer_kinds()) known.emplace_back(kind.name);
  for (const Text& text : reader.texts(*node, "'layer_type'").value_or(std::vector<Text>{})) {
    if (std::find(known.begin(), known.end(), text.value) == known.end()) {
      reader.fault(*node, "the format has no layer type '" + text.value + "'" + did_you_mean(text.value, known));
    }
    types.push_back(text.value);
  }
  return types;
}

Range parse_range(YamlReader& reader, const YAML::Node& node, const Fields& fields, Measure measure) {
  Range range;
  const std::string least = fmt::format("min_{}", to_text(measure));
  const std::string most = fmt::format("max_{}", to_text(measure));
  if (const auto end = fields.find(least)) range.least = reader.whole(*end, "'" + least + "'");
  if (const auto end = fields.find(most)) range.most = reader.whole(*end, "'" + most + "'");
  if (range.least && range.most && *range.least > *range.most) {
    reader.fault(
        node, fmt::format("'{}' is above '{}', so no tensor fits: {} and {}", least, most, *range.least, *range.most));
  }
  return range;
}

void parse_match(YamlReader& reader, const YAML::Node& node, WeightRule& rule) {
  const auto fields = reader.map(node, grammar::match(), "'match'");
  if (!fields) return;
  if (fields->empty()) reader.fault(node, "'match' is empty; 'layer: \"*\"' is every tensor");
  if (auto layers = parse_patterns(reader, *fields, "layer")) {
    rule.match.layers = std::move(layers->values);
    rule.recorded_layers = std::move(layers->records);
  }
  if (auto parameters = parse_patterns(reader, *fields, "parameter")) {
    rule.match.parameters = std::move(parameters->values);
    rule.recorded_parameters = std::move(parameters->records);
  }
  rule.match.layer_types = parse_layer_types(reader, *fields);
  for (std::size_t i = 0; i < measures; ++i) {
    rule.match.ranges.at(i) = parse_range(reader, node, *fields, static_cast<Measure>(i));
  }
}

void parse_function(YamlReader& reader, plugins::Registry& registry, const YAML::Node& node,
                    const std::optional<YAML::Node>& bits_node, WeightRule& rule) {
  auto parsed = parse_plugin(reader, registry, plugins::Kind::quantizer, node);
  if (!parsed) return;
  const plugins::QuantizerPlugin& plugin = registry.quantizer(parsed->use.name);
  rule.function = std::move(parsed->use);
  if (plugin.chooses_width) {
    if (bits_node) reader.fault(*bits_node, "'" + plugin.name + "' chooses its widths itself; leave 'bits' out");
    rule.bits = 0;
  } else if (rule.bits && !offers(plugin, *rule.bits)) {
    reader.fault(*bits_node, fmt::format("'{}' does not offer {} bits; it offers {}", plugin.name, *rule.bits,
                                         fmt::join(plugin.widths, ", ")));
  }
}

std::optional<WeightRule> parse_rule(YamlReader& reader, plugins::Registry& registry, const YAML::Node& node) {
  const auto entries = reader.entries(node, "a rule");
  if (!entries) return std::nullopt;
  const auto says = [&](std::string_view key) {
    return std::any_of(entries->begin(), entries->end(),
                       [&](const auto& entry) { return entry.first.Scalar() == key; });
  };
  const bool skips = says("skip");
  const bool quantizes = says("bits") || says("function");
  if (skips && quantizes) {
    reader.fault(node, "a rule with 'skip' says nothing else: leave 'bits' and 'function' out, or 'skip'");
    return std::nullopt;
  }
  const auto fields = reader.map(node, skips ? grammar::skipping_rule() : grammar::quantizing_rule(), "a rule");
  if (!fields) return std::nullopt;
  if (!skips && !quantizes) {
    reader.fault(node, "a rule says what becomes of its tensors: 'skip', 'bits' or 'function'");
    return std::nullopt;
  }
  WeightRule rule;
  rule.place = reader.place(node);
  parse_match(reader, *fields->find("match"), rule);
  if (const auto skip = fields->find("skip")) rule.skip = reader.flag(*skip, "'skip'").value_or(false);
  const auto bits = fields->find("bits");
  if (bits) rule.bits = reader.width(*bits, "'bits' of a rule");
  if (const auto function = fields->find("function")) parse_function(reader, registry, *function, bits, rule);
  return rule;
}

void check_widths(Diagnostics& faults, plugins::Registry& registry, const WeightRule& rule, const UsedFunction& used) {
  if (used.widths.empty()) return;
  if (!rule.function) {
    if (used.plugin->chooses_width) {
      faults.add(rule.place, "'" + used.plugin->name + "' chooses its widths itself; a rule can't set its 'bits'");
    } else if (!offers(*used.plugin, *rule.bits)) {
      faults.add(rule.place, fmt::format("'{}' does not offer the {} bits of this rule; it offers {}",
                                         used.plugin->name, *rule.bits, fmt::join(used.plugin->widths, ", ")));
    }
    return;
  }
  if (rule.bits) return;  // checked where it was read
  const plugins::QuantizerPlugin& plugin = registry.quantizer(rule.function->name);
  for (const int bits : used.widths) {
    if (offers(plugin, bits)) continue;
    const std::string asked = bits == 0 ? "'" + used.plugin->name + "' chooses its widths itself"
                                        : fmt::format("'{}' does not offer {} bits", plugin.name, bits);
    faults.add(rule.place, asked + ", so a rule with '" + plugin.name + "' needs 'bits': one of " +
                               fmt::format("{}", fmt::join(plugin.widths, ", ")));
    return;
  }
}

}  // namespace

std::vector<WeightRule> parse_rules(YamlReader& reader, plugins::Registry& registry, const YAML::Node& node) {
  std::vector<WeightRule> rules;
  const auto items = reader.list(node, "'rules'");
  if (!items) return rules;
  if (items->empty()) reader.fault(node, "'rules' is empty; leave it out");
  for (const YAML::Node& item : *items) {
    if (auto rule = parse_rule(reader, registry, item)) rules.push_back(std::move(*rule));
  }
  return rules;
}

void check_rule_widths(Diagnostics& faults, plugins::Registry& registry, const std::vector<WeightRule>& rules,
                       const std::vector<UsedFunction>& functions) {
  for (const WeightRule& rule : rules) {
    if (!rule.is_explicit()) continue;
    for (const UsedFunction& used : functions) check_widths(faults, registry, rule, used);
  }
}

std::vector<WeightRule> parse_rules_file(const std::filesystem::path& file, plugins::Registry& registry,
                                         const UsedFunction& function) {
  Diagnostics faults;
  YamlReader reader(file, faults);
  const YAML::Node document = reader.load("a file of rules has at least 'rules'");
  faults.throw_if_any();
  std::vector<WeightRule> rules;
  if (const auto fields = reader.map(document, grammar::rules_file(), "a file of rules")) {
    rules = parse_rules(reader, registry, *fields->find("rules"));
  }
  faults.throw_if_any();
  check_rule_widths(faults, registry, rules, {function});
  faults.throw_if_any();
  return rules;
}

}  // namespace goldilocks::pipeline
