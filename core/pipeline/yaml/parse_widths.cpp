// The stages that find a width for each weight tensor: sensitivity and mixed.
#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/name_template.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"

namespace goldilocks::pipeline {
namespace {

// The least number of measurements: the choice by the sums has to be measured.
constexpr std::uint64_t least_measurements = 1;

std::vector<int> parse_widths(YamlReader& reader, const plugins::QuantizerPlugin& plugin,
                              const std::optional<YAML::Node>& node) {
  std::vector<int> widths;
  if (node) {
    widths = reader.widths(*node, "'bits'").value_or(std::vector<int>{});
    for (const int width : widths) {
      if (width > 16) reader.fault(*node, "'bits' of 'sensitivity' are 1 to 8 and 16");
      if (std::find(plugin.widths.begin(), plugin.widths.end(), width) == plugin.widths.end()) {
        reader.fault(*node, fmt::format("'{}' does not offer {} bits; it offers {}", plugin.name, width,
                                        fmt::join(plugin.widths, ", ")));
      }
    }
  } else {
    std::copy_if(plugin.widths.begin(), plugin.widths.end(), std::back_inserter(widths),
                 [](int width) { return width <= 16; });
  }
  std::sort(widths.begin(), widths.end());
  return widths;
}

void parse_function(StageContext& context, const Fields& fields, SensitivityStage& sensitivity) {
  const YAML::Node node = *fields.find("function");
  auto parsed = parse_plugin(context.reader, context.registry, plugins::Kind::quantizer, node);
  if (!parsed) return;
  sensitivity.function.function = std::move(parsed->use);
  sensitivity.function.label = sensitivity.function.function.name;
  const plugins::QuantizerPlugin& plugin = context.registry.quantizer(sensitivity.function.function.name);
  if (plugin.chooses_width) {
    context.reader.fault(node, "'" + plugin.name + "' chooses its widths itself, so there are none to try");
    return;
  }
  sensitivity.function.widths = parse_widths(context.reader, plugin, fields.find("bits"));
}

void parse_inputs(StageContext& context, const YAML::Node& node, SensitivityStage& sensitivity) {
  std::vector<std::string> known;
  for (const LoadStage& load : context.spec.loads) {
    for (const LoadedModel& model : load.models) known.push_back(model.name);
  }
  for (const Text& text :
       context.reader.texts(node, "'input'", "a name or a list of names").value_or(std::vector<Text>{})) {
    if (std::find(known.begin(), known.end(), text.value) == known.end()) {
      context.reader.fault(node, "'input' of 'sensitivity' must be a loaded model; none is called '" + text.value +
                                     "'" + did_you_mean(text.value, known));
    }
    sensitivity.inputs.push_back(text.value);
  }
}

// A template, checked with placeholders of its own.
void parse_template(YamlReader& reader, const Fields& fields, const char* key, std::string& value,
                    std::string& record) {
  const auto node = fields.find(key);
  if (!node) return;
  const auto text = reader.text(*node, fmt::format("'{}'", key), "a text");
  if (!text) return;
  try {
    expand_template(text->value, {.model = "m", .function = "f", .bits = "mixed"});
    value = text->value;
    record = text->record;
  } catch (const UsageError& error) {
    reader.fault(*node, fmt::format("'{}': {}", key, error.what()));
  }
}

}  // namespace

void parse_sensitivity(StageContext& context, const YAML::Node& stage, const YAML::Node& settings) {
  YamlReader& reader = context.reader;
  const auto fields = reader.map(settings, grammar::sensitivity(), "'sensitivity'");
  if (!fields) return;
  SensitivityStage sensitivity;
  sensitivity.place = reader.place(stage);
  if (const auto node = fields->find("input")) parse_inputs(context, *node, sensitivity);
  parse_function(context, *fields, sensitivity);
  const YAML::Node backend = fields->find("backend").value_or(YAML::Node(std::string{default_backend}));
  if (auto plugin = parse_plugin(reader, context.registry, plugins::Kind::backend, backend)) {
    sensitivity.backend = std::move(plugin->use);
  }
  if (const auto node = fields->find("part")) {
    if (const auto part = reader.name(*node, "'part'")) sensitivity.part = *part;
  }
  if (const auto node = fields->find("samples")) {
    sensitivity.samples = reader.whole(*node, "'samples'").value_or(0);
    if (sensitivity.samples == 0) reader.fault(*node, "'samples' must be 1 or more; leave it out to use all");
  }
  context.spec.sensitivity = std::move(sensitivity);
}

void parse_mixed(StageContext& context, const YAML::Node& stage, const YAML::Node& settings) {
  YamlReader& reader = context.reader;
  const auto fields = reader.map(settings, grammar::mixed(), "'mixed'");
  if (!fields) return;
  MixedStage mixed;
  mixed.place = reader.place(stage);
  mixed.name = mixed.recorded_name = std::string(default_mixed_name_template);
  parse_template(reader, *fields, "name", mixed.name, mixed.recorded_name);
  parse_template(reader, *fields, "description", mixed.description, mixed.recorded_description);
  std::size_t targets = 0;
  if (const auto node = fields->find("size")) {
    ++targets;
    mixed.size = reader.whole(*node, "'size'");
  }
  if (const auto node = fields->find("size_of")) {
    ++targets;
    if (const auto text = reader.text(*node, "'size_of'", "a variant's name")) mixed.size_of = text->value;
  }
  if (const auto node = fields->find("kl")) {
    ++targets;
    mixed.divergence = reader.number(*node, "'kl'", 0, std::numeric_limits<double>::max());
    if (mixed.divergence == 0.0) reader.fault(*node, "'kl' must be above 0");
  }
  if (targets != 1) reader.fault(settings, "'mixed' has one target: 'size', 'size_of' or 'kl'");
  if (const auto node = fields->find("measurements")) {
    mixed.measurements = reader.whole(*node, "'measurements'").value_or(mixed.measurements);
    if (mixed.measurements < least_measurements) reader.fault(*node, "'measurements' must be 1 or more");
  }
  context.spec.mixes.push_back(std::move(mixed));
}

}  // namespace goldilocks::pipeline
