// Rules: which weights a stage treats otherwise than its sweep says, and how.
#include "core/pipeline/yaml/rules.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/suggest.hpp"
#include "core/formats/format.hpp"
#include "core/pipeline/yaml/coremltools_rules.hpp"
#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

template <class Use>
bool read_texts(const Input& input, Use use) {
  const auto texts = input.reader.texts(input.node, input.what);
  return texts && std::all_of(texts->begin(), texts->end(), use);
}

// Globs, and the same as records have them.
Format<WeightRule> globs(std::vector<std::string> RuleMatch::*member, std::vector<std::string> WeightRule::*record) {
  const auto read = [=](const Input& input, WeightRule& rule) {
    return read_texts(input, [&](const Text& text) {
      if (text.value.empty()) return input.fault(input.what + " is empty, so no tensor fits");
      (rule.match.*member).push_back(text.value);
      (rule.*record).push_back(text.record);
      return true;
    });
  };
  const auto print = [=](YamlPrinter& printer, const WeightRule& rule) {
    if (!(rule.*record).empty()) printer.list(rule.*record, true);
  };
  return {one_or_list_type({}), read, {}, print};
}

Format<std::string> layer_type() {
  static const std::vector<std::string> known = [] {
    const std::vector<std::string_view> names = formats::layer_types();
    return std::vector<std::string>(names.begin(), names.end());
  }();
  auto format = known_name([](const PipelineSpec&) { return known; }, "the format has no layer type",
                           "a text or a list of texts");
  format.type = {.kind = Type::Kind::choice, .choices = known};
  return format;
}

// One end of a range: `min_count`, `max_count`, ...
Format<WeightRule> end_of_range(Measure measure, std::optional<std::uint64_t> Range::*end) {
  const auto read = [=, bound = whole()](const Input& input, WeightRule& rule) {
    std::uint64_t value = 0;
    if (!bound.read(input, value)) return false;
    rule.match.range(measure).*end = value;
    return true;
  };
  const auto show = [=](const WeightRule& rule) {
    const auto& bound = rule.match.range(measure).*end;
    return bound ? std::to_string(*bound) : "";
  };
  return {whole().type, read, show};
}
Format<WeightRule> least(Measure measure) { return end_of_range(measure, &Range::least); }
Format<WeightRule> most(Measure measure) { return end_of_range(measure, &Range::most); }

bool check_match(StageContext& context, const Fields& fields, WeightRule& rule) {
  if (fields.empty()) return context.fault(fields.place(), "'match' is empty; 'layer: \"*\"' is every tensor");
  for (std::size_t i = 0; i < measures; ++i) {
    const Range& range = rule.match.ranges.at(i);
    if (!range.least || !range.most || *range.least <= *range.most) continue;
    const std::string_view measure = to_text(static_cast<Measure>(i));
    context.fault(fields.place(), fmt::format("'min_{0}' is above 'max_{0}', so no tensor fits: {1} and {2}", measure,
                                              *range.least, *range.most));
  }
  return true;
}

bool check_quantizing_rule(StageContext& context, const Fields& fields, WeightRule& rule) {
  if (!rule.function) return true;
  const plugins::QuantizerPlugin& plugin = context.registry.quantizer(rule.function->name);
  if (plugin.chooses_width) {
    rule.bits = 0;
    return !fields.has("bits") || context.fault(fields.place("bits"), "'" + plugin.name +
                                                                          "' chooses its widths itself; leave 'bits' "
                                                                          "out");
  }
  return !rule.bits || plugin.offers(*rule.bits, context.spec.loads_packages()) ||
         context.fault(fields.place("bits"), fmt::format("'{}' does not offer {} bits; it offers {}", plugin.name,
                                                         *rule.bits, plugin.offered_widths()));
}

bool read_rule(const Input& input, WeightRule& rule) {
  const auto entries = input.reader.entries(input.node, "a rule");
  if (!entries) return false;
  const auto says = [&](std::string_view key) {
    return std::any_of(entries->begin(), entries->end(),
                       [&](const auto& entry) { return entry.first.Scalar() == key; });
  };
  const bool skips = says("skip");
  const bool quantizes = std::ranges::any_of(
      std::array{"bits", "function", "granularity", "axis", "vector", "channel_scale", "table", "weight_threshold"},
      says);
  if (skips && quantizes) {
    return input.fault("a rule with 'skip' says nothing else: leave 'bits' and 'function' out, or 'skip'");
  }
  rule.place = input.reader.place(input.node);
  const auto& keys = skips ? grammar::skipping_rule() : grammar::quantizing_rule();
  if (read_mapping(input.context, keys, input.node, &rule) == Outcome::unreadable) return false;
  return skips || quantizes || input.fault("a rule says what becomes of its tensors: 'skip', 'bits' or 'function'");
}

void print_rule(YamlPrinter& printer, const WeightRule& rule) {
  const bool quantizes = rule.names_form() || rule.weight_threshold;
  printer.mapping(quantizes ? grammar::quantizing_rule() : grammar::skipping_rule(), &rule);
}

// Vectors need a function that makes tables of them.
void check_vectors(Diagnostics& faults, plugins::Registry& registry, const WeightRule& rule, const UsedFunction& used) {
  const plugins::QuantizerPlugin& plugin = rule.function ? registry.quantizer(rule.function->name) : *used.plugin;
  if (plugin.vector_tables) return;
  if (rule.layout.vector_length() > 1) {
    faults.add(rule.place, "'" + plugin.name + "' makes no tables of vectors; leave 'vector' out");
  } else if (rule.function && !rule.layout.vector && used.has_vectors) {
    faults.add(rule.place, "'" + plugin.name + "' makes no tables of vectors, so a rule with it needs 'vector: 1'");
  }
}

void check_widths(StageContext& context, const WeightRule& rule, const UsedFunction& used) {
  if (used.widths.empty()) return;
  const bool has_packages = context.spec.loads_packages();
  if (!rule.function) {
    if (!rule.bits) return;
    if (used.plugin->chooses_width) {
      context.faults.add(rule.place,
                         "'" + used.plugin->name + "' chooses its widths itself; a rule can't set its 'bits'");
    } else if (!used.plugin->offers(*rule.bits, has_packages)) {
      context.faults.add(rule.place, fmt::format("'{}' does not offer the {} bits of this rule; it offers {}",
                                                 used.plugin->name, *rule.bits, used.plugin->offered_widths()));
    }
    return;
  }
  if (rule.bits) return;  // checked where it was read
  const plugins::QuantizerPlugin& plugin = context.registry.quantizer(rule.function->name);
  for (const int bits : used.widths) {
    if (plugin.offers(bits, has_packages)) continue;
    const std::string asked = bits == 0 ? "'" + used.plugin->name + "' chooses its widths itself"
                                        : fmt::format("'{}' does not offer {} bits", plugin.name, bits);
    context.faults.add(
        rule.place, asked + ", so a rule with '" + plugin.name + "' needs 'bits': one of " + plugin.offered_widths());
    return;
  }
}

}  // namespace

const MappingOf<WeightRule>& grammar::match() {
  static const MappingOf<WeightRule> table(
      "'match'",
      {
          {"layer", globs(&RuleMatch::layers, &WeightRule::recorded_layers),
           "The layer's name, or several; * stands for any characters, ? for one, and a backslash takes the next as it "
           "is."},
          {"layer_type", in(&WeightRule::match, &RuleMatch::layer_types), list_of(layer_type()),
           "The format's name of the kind of layer, or several."},
          {"operation", unprinted(globs(&RuleMatch::layers, &WeightRule::recorded_layers)),
           "Of an ML Program the same as 'layer': the operation's name, or several."},
          {"operation_type", in(&WeightRule::match, &RuleMatch::layer_types), unprinted(list_of(layer_type())),
           "Of an ML Program the same as 'layer_type': conv, linear, matmul, or several."},
          {"function_name", globs(&RuleMatch::functions, &WeightRule::recorded_functions),
           "Of an ML Program: the name of the function that reads the weight (main), or several."},
          {"constant", globs(&RuleMatch::constants, &WeightRule::recorded_constants),
           "Of an ML Program: the weight's own name, or several."},
          {"parameter", globs(&RuleMatch::parameters, &WeightRule::recorded_parameters),
           "The format's name of the parameter (weights, bias, gamma), or several; also with * and ?. 'vectors' are "
           "all biases, statistics and scales, 'matrices' all others."},
          {"min_count", least(Measure::count), "The least number of values of the tensor."},
          {"max_count", most(Measure::count), "The largest number of values of the tensor."},
          {"min_layer_count", least(Measure::layer_count), "The least number of values of the layer's largest tensor."},
          {"max_layer_count", most(Measure::layer_count),
           "The largest number of values of the layer's largest tensor."},
          {"min_kernel_channels", least(Measure::kernel_channels), "Of convolutions: the least kernelChannels."},
          {"max_kernel_channels", most(Measure::kernel_channels), "Of convolutions: the largest kernelChannels."},
          {"min_groups", least(Measure::groups), "Of convolutions: the least number of groups."},
          {"max_groups", most(Measure::groups), "Of convolutions: the largest number of groups."},
          {"min_input_channels", least(Measure::input_channels), "The least number of the layer's input channels."},
          {"max_input_channels", most(Measure::input_channels), "The largest number of the layer's input channels."},
          {"min_output_channels", least(Measure::output_channels), "The least number of the layer's output channels."},
          {"max_output_channels", most(Measure::output_channels), "The largest number of the layer's output channels."},
      },
      check_match, {.fewest = 1});
  return table;
}

const MappingOf<WeightRule>& grammar::skipping_rule() {
  static const MappingOf<WeightRule> table(
      "a rule",
      {
          {"match", required(mapping(match())), "Which tensors the rule is for; all that it says must hold."},
          {"skip", &WeightRule::skip, required(flag()),
           "true: they stay as they are. false: they are quantized as the sweep says, whatever later rules say."},
      });
  return table;
}

const MappingOf<WeightRule>& grammar::quantizing_rule() {
  static const MappingOf<WeightRule> table(
      "a rule",
      {
          {"match", required(mapping(match())), "Which tensors the rule is for; all that it says must hold."},
          {"bits", &WeightRule::bits, called("'bits' of a rule", width()), "Their width; the sweep's by default."},
          {"function", &WeightRule::function, plugin(plugins::Kind::quantizer),
           "Their quantizer with its options; the sweep's by default."},
          {"granularity", in(&WeightRule::layout, &quantization::Layout::granularity), granularity(),
           "What has a table or a scale of its own; the sweep's by default."},
          {"axis", in(&WeightRule::layout, &quantization::Layout::axis), axis(),
           "The axis of the channels, in place of what the format says; below 0 from the last one."},
          {"vector", in(&WeightRule::layout, &quantization::Layout::vector), vector_length(),
           "The length of a table's vectors; the sweep's by default."},
          {"channel_scale", in(&WeightRule::layout, &quantization::Layout::channel_scale), channel_scale(),
           "Whether channels are scaled before they get a table; the sweep's by default."},
          {"table", in(&WeightRule::layout, &quantization::Layout::int8_table), int8_table(),
           "The type of a table's entries; the sweep's by default."},
          {"weight_threshold", &WeightRule::weight_threshold, whole(),
           "Of what it matches, tensors of no more values stay, and so do those that stay unless a rule asks for "
           "them; by default it takes them all."},
      },
      check_quantizing_rule, {.fewest = 2});
  return table;
}

const MappingOf<RulesSource>& grammar::rules_source() {
  static const MappingOf<RulesSource> table(
      "'rules' of another kind",
      {{"coremltools", &RulesSource::coremltools, required(existing_path()),
        "A YAML file with an OptimizationConfig of coremltools.optimize.coreml. With it a stage needs no 'sweep'."}});
  return table;
}

const MappingOf<QuantizeStage>& grammar::rules_file() {
  static const MappingOf<QuantizeStage> table(
      "a file of rules", {{"rules", &QuantizeStage::rules, required(rules()),
                           "What becomes of some of the weights. The first that matches counts."}});
  return table;
}

Format<std::vector<WeightRule>> rules() {
  const Type rule{.kind = Type::Kind::either,
                  .of = {mapping_type(grammar::skipping_rule()), mapping_type(grammar::quantizing_rule())}};
  auto format = list_of(Format<WeightRule>(rule, read_rule, {}, print_rule),
                        {.or_one = false, .empty = " is empty; leave it out"});
  format.type = {.kind = Type::Kind::either, .of = {format.type, mapping_type(grammar::rules_source())}};
  format.read = [read_list = format.read](const Input& input, std::vector<WeightRule>& rules) {
    // What stands in a file of coremltools depends on the sweep, which isn't read yet: read_rules_source().
    return (input.node.IsMap() && !input.node["match"]) || read_list(input, rules);
  };
  return format;
}

bool read_rules_source(StageContext& context, const YAML::Node& node, QuantizeStage& stage) {
  RulesSource source;
  if (read_mapping(context, grammar::rules_source(), node, &source) != Outcome::complete) return false;
  return read_coremltools_rules(context, source.coremltools, stage);
}

void check_rule_widths(StageContext& context, const std::vector<WeightRule>& rules,
                       const std::vector<UsedFunction>& functions) {
  for (const WeightRule& rule : rules) {
    if (!rule.names_form()) continue;
    for (const UsedFunction& used : functions) {
      check_widths(context, rule, used);
      check_vectors(context.faults, context.registry, rule, used);
    }
  }
}

RulesFile parse_rules_file(const std::filesystem::path& file, plugins::Registry& registry,
                           const std::filesystem::path& model, QuantizeStage stage) {
  Diagnostics faults;
  YamlReader reader(file, faults);
  const YAML::Node document = reader.load("a file of rules has at least 'rules'");
  faults.throw_if_any();
  // As a stage with these rules alone, of a pipeline that loads this model.
  PipelineSpec spec;
  spec.loads.emplace_back().models.emplace_back().file.path = model;
  StageContext context{.reader = reader, .faults = faults, .registry = registry, .spec = spec};
  if (document.IsMap() && document["config_type"]) {
    read_coremltools_rules(context, {file, file.string(), file.string()}, stage);
  } else if (read_mapping(context, grammar::rules_file(), document, &stage) == Outcome::complete) {
    const YAML::Node rules = document["rules"];
    if (rules.IsMap()) read_rules_source(context, rules, stage);
  }
  faults.throw_if_any();
  check_rule_widths(context, stage.rules, used_functions(registry, stage));
  faults.throw_if_any();
  return {std::move(stage.rules), std::move(stage.functions), std::move(spec.notices)};
}

std::vector<UsedFunction> used_functions(plugins::Registry& registry, const QuantizeStage& stage) {
  std::vector<UsedFunction> functions;
  for (const SweptFunction& swept : stage.functions) {
    const std::vector<int>& vectors = swept.layouts.vectors.empty() ? stage.layouts.vectors : swept.layouts.vectors;
    functions.push_back({.plugin = &registry.quantizer(swept.function.name),
                         .widths = swept.widths,
                         .has_vectors = std::ranges::any_of(vectors, [](int length) { return length > 1; })});
  }
  return functions;
}

}  // namespace goldilocks::pipeline
