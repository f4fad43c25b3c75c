#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/name_template.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/parse_rules.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"

namespace goldilocks::pipeline {
namespace {

std::string enumerate(const std::vector<int>& widths) { return fmt::format("{}", fmt::join(widths, ", ")); }

// A template is checked here with placeholders of its own, so that a fault is found once and not once per variant.
std::optional<Text> parse_template(YamlReader& reader, const YAML::Node& node, const std::string& what) {
  auto text = reader.text(node, what, "a text");
  if (!text) return std::nullopt;
  try {
    expand_template(text->value, {.model = "m", .function = "f", .bits = "8"});
    return text;
  } catch (const UsageError& error) {
    reader.fault(node, what + ": " + error.what());
    return std::nullopt;
  }
}

// The widths that the function declares of those that were asked for; the others are left out with a notice.
std::vector<int> declared_widths(StageContext& context, const plugins::QuantizerPlugin& plugin,
                                 const std::string& label, const std::vector<int>& wanted) {
  std::vector<int> kept;
  std::vector<int> dropped;
  for (const int width : wanted) {
    const bool declared = std::find(plugin.widths.begin(), plugin.widths.end(), width) != plugin.widths.end();
    (declared ? kept : dropped).push_back(width);
  }
  if (!dropped.empty()) {
    context.spec.notices.push_back(fmt::format("{} does not offer {} {}: left out of the sweep", label,
                                               enumerate(dropped), dropped == std::vector<int>{1} ? "bit" : "bits"));
  }
  return kept;
}

std::optional<SweptFunction> parse_function(StageContext& context, const YAML::Node& node,
                                            const std::optional<std::vector<int>>& sweep_widths) {
  YamlReader& reader = context.reader;
  auto parsed = parse_plugin(reader, context.registry, plugins::Kind::quantizer, node, grammar::swept_function());
  if (!parsed) return std::nullopt;
  SweptFunction swept;
  swept.function = std::move(parsed->use);
  swept.label = swept.function.name;
  if (const auto as = parsed->own.find("as"); as != parsed->own.end()) {
    const auto label = reader.name(as->second, "'as'");
    if (!label) return std::nullopt;
    swept.label = *label;
  }
  const plugins::QuantizerPlugin& plugin = context.registry.quantizer(swept.function.name);
  std::optional<std::vector<int>> wanted = sweep_widths;
  if (const auto bits = parsed->own.find("bits"); bits != parsed->own.end()) {
    if (plugin.chooses_width) {
      reader.fault(bits->second, "'" + swept.function.name + "' chooses its widths itself; leave 'bits' out");
      return std::nullopt;
    }
    wanted = reader.widths(bits->second, "'bits' of '" + swept.function.name + "'");
    if (!wanted) return std::nullopt;
  }
  if (plugin.chooses_width) {
    swept.widths = {0};
  } else if (wanted) {
    swept.widths = declared_widths(context, plugin, swept.label, *wanted);
  } else {
    swept.widths = plugin.widths;
    std::sort(swept.widths.begin(), swept.widths.end(), std::greater<>());
  }
  return swept;
}

bool is_model(const PipelineSpec& spec, const std::string& name) {
  return std::any_of(spec.loads.begin(), spec.loads.end(), [&](const LoadStage& load) {
    return std::any_of(load.models.begin(), load.models.end(), [&](const auto& model) { return model.name == name; });
  });
}

// `fold`: auto, true, false, or the kinds of layers.
FoldChoice parse_fold(YamlReader& reader, const YAML::Node& node) {
  FoldChoice fold;
  if (!node.IsSequence()) {
    const auto choice =
        reader.choice(node, "'fold'", fold_names(), ", or a list of batchnorm, scale, bias").value_or(0);
    const bool all = choice == 1;
    return {.automatic = choice == 0, .kinds = {.batchnorm = all, .scale = all, .bias = all}};
  }
  std::vector<bool> kinds(fold_kinds().size(), false);
  if (node.size() == 0) reader.fault(node, "'fold' is empty; to fold nothing write 'fold: false'");
  for (const auto& item : node) {
    if (const auto kind = reader.choice(item, "an entry of 'fold'", fold_kinds())) kinds[*kind] = true;
  }
  return {.automatic = false, .kinds = {.batchnorm = kinds[0], .scale = kinds[1], .bias = kinds[2]}};
}

// One of false, true, float16, or where `several` a list of them.
std::vector<Compaction> parse_compactions(YamlReader& reader, const YAML::Node& node, bool several) {
  std::vector<Compaction> compactions;
  if (!several && !node.IsScalar()) {
    reader.fault(node, "'compact_preprocessing' must be false, true or float16; several of them stand in the 'sweep'");
    return {Compaction::off};
  }
  for (const YAML::Node& item :
       reader.list(node, "'compact_preprocessing'", true).value_or(std::vector<YAML::Node>{})) {
    const auto choice = reader.choice(item, "'compact_preprocessing'", compaction_names());
    if (!choice) continue;
    const auto compaction = static_cast<Compaction>(*choice);
    if (std::find(compactions.begin(), compactions.end(), compaction) != compactions.end()) {
      reader.fault(item, "'compact_preprocessing' has '" + std::string(compaction_names()[*choice]) + "' twice");
    }
    compactions.push_back(compaction);
  }
  if (node.IsSequence() && node.size() == 0) reader.fault(node, "'compact_preprocessing' is empty");
  return compactions;
}

void parse_sweep(StageContext& context, const YAML::Node& node, const std::optional<YAML::Node>& own_compaction,
                 QuantizeStage& stage) {
  YamlReader& reader = context.reader;
  const auto fields = reader.map(node, grammar::sweep(), "'sweep'");
  if (!fields) return;
  std::optional<std::vector<int>> widths;
  if (const auto bits = fields->find("bits")) {
    widths = reader.widths(*bits, "'bits'");
    if (!widths) widths.emplace();  // reported; the functions are still checked
  }
  if (const auto compaction = fields->find("compact_preprocessing")) {
    stage.compactions = parse_compactions(reader, *compaction, true);
    if (own_compaction) {
      reader.fault(*own_compaction, "'compact_preprocessing' stands in the stage and in its sweep; one is enough");
    }
  }
  const YAML::Node function_node = *fields->find("function");
  const auto functions = reader.list(function_node, "'function'", true);
  if (!functions) return;
  if (functions->empty()) reader.fault(function_node, "'function' is empty, so the sweep has nothing to do");
  const std::size_t faults = reader.diagnostics().count();
  for (const YAML::Node& item : *functions) {
    if (auto swept = parse_function(context, item, widths)) stage.functions.push_back(std::move(*swept));
  }
  const bool any = std::any_of(stage.functions.begin(), stage.functions.end(),
                               [](const SweptFunction& swept) { return !swept.widths.empty(); });
  const bool understood =
      reader.diagnostics().count() == faults && !functions->empty() && (!widths || !widths->empty());
  if (!any && understood) reader.fault(node, "the sweep is empty: no function offers any of its widths");
}

}  // namespace

void parse_quantize(StageContext& context, const YAML::Node& stage_node, const YAML::Node& settings) {
  YamlReader& reader = context.reader;
  QuantizeStage stage;
  stage.place = reader.place(stage_node);
  stage.name = stage.recorded_name = default_name_template;
  const auto fields = reader.map(settings, grammar::quantize(), "'quantize'");
  if (!fields) return;
  if (const auto id = fields->find("id")) {
    const auto text = reader.name(*id, "'id'");
    const auto same = [&](const QuantizeStage& other) { return text && other.id == *text; };
    if (std::any_of(context.spec.quantizes.begin(), context.spec.quantizes.end(), same)) {
      reader.fault(*id, "two quantize stages have the id '" + *text + "'");
    } else if (text && is_model(context.spec, *text)) {
      reader.fault(*id,
                   "'id' is the name of a loaded model, '" + *text + "'; an 'input' of that name would be unclear");
    } else if (text) {
      stage.id = *text;
    }
  }
  if (const auto input = fields->find("input")) {
    std::vector<std::string> known;
    for (const LoadStage& load : context.spec.loads) {
      for (const LoadedModel& model : load.models) known.push_back(model.name);
    }
    for (const QuantizeStage& earlier : context.spec.quantizes) {
      if (!earlier.id.empty()) known.push_back(earlier.id);
    }
    for (const YAML::Node& node : reader.list(*input, "'input'", true).value_or(std::vector<YAML::Node>{})) {
      const auto text = reader.text(node, "'input'", "a name or a list of names");
      if (!text) continue;
      if (std::find(known.begin(), known.end(), text->value) == known.end()) {
        reader.fault(node, "no loaded model and no earlier quantize stage is called '" + text->value + "'" +
                               did_you_mean(text->value, known));
      }
      stage.inputs.push_back(text->value);
    }
    if (stage.inputs.empty() && input->IsSequence()) reader.fault(*input, "'input' is empty");
  }
  if (const auto name = fields->find("name")) {
    if (const auto text = parse_template(reader, *name, "'name'")) {
      stage.name = text->value;
      stage.recorded_name = text->record;
    }
  }
  if (const auto description = fields->find("description")) {
    if (const auto text = parse_template(reader, *description, "'description'")) {
      stage.description = text->value;
      stage.recorded_description = text->record;
    }
  }
  stage.isolation = parse_isolation(reader, *fields);
  const auto compaction = fields->find("compact_preprocessing");
  if (compaction) stage.compactions = parse_compactions(reader, *compaction, false);
  parse_sweep(context, *fields->find("sweep"), compaction, stage);
  if (!fields->has("name") && stage.compactions.size() > 1) stage.name = stage.recorded_name = long_name_template;
  if (const auto keep = fields->find("keep")) {
    stage.keep = static_cast<Keep>(reader.choice(*keep, "'keep'", keep_names()).value_or(0));
  }
  if (const auto fold = fields->find("fold")) stage.fold = parse_fold(reader, *fold);
  if (const auto requantize = fields->find("requantize")) {
    stage.requantize = reader.flag(*requantize, "'requantize'").value_or(false);
  }
  if (const auto rules = fields->find("rules")) {
    stage.rules = parse_rules(reader, context.registry, *rules);
    std::vector<UsedFunction> functions;
    for (const SweptFunction& swept : stage.functions) {
      functions.push_back({&context.registry.quantizer(swept.function.name), swept.widths});
    }
    check_rule_widths(reader.diagnostics(), context.registry, stage.rules, functions);
  }
  context.spec.quantizes.push_back(std::move(stage));
}

}  // namespace goldilocks::pipeline
