// The stage `quantize`: its sweep, and what becomes of the network before.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/rules.hpp"
#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::array<std::string_view, 2> keep_names = {"smaller", "always"};  // by Keep
constexpr std::array<std::string_view, 4> compaction_names = {"false", "true", "float16",
                                                              "grid"};  // by formats::Compaction
constexpr std::array<std::string_view, 3> fold_names = {"auto", "true", "false"};
constexpr std::array<std::string_view, 3> fold_kinds = {"batchnorm", "scale", "bias"};
constexpr std::array<std::string_view, 3> indivisible_names = {"error", "skip", "nearest"};  // by Indivisible

// Of the widths that were asked for, those that the function declares; the others are left out with a notice.
std::vector<int> declared_widths(StageContext& context, const plugins::QuantizerPlugin& plugin,
                                 const SweptFunction& swept, const std::vector<int>& wanted) {
  std::vector<int> kept;
  std::vector<int> dropped;
  const bool has_packages = context.spec.loads_packages();
  for (const int width : wanted) {
    (plugin.offers(width, has_packages) ? kept : dropped).push_back(width);
  }
  if (!dropped.empty()) {
    context.spec.notices.push_back(fmt::format("{} does not offer {} {}: left out of the sweep", swept.label,
                                               fmt::join(dropped, ", "),
                                               dropped == std::vector<int>{1} ? "bit" : "bits"));
  }
  return kept;
}

// Its own widths, those of the sweep, or all that it declares, the largest first.
std::vector<int> swept_widths(StageContext& context, const SweptFunction& swept,
                              const std::optional<std::vector<int>>& of_sweep) {
  const plugins::QuantizerPlugin& plugin = context.registry.quantizer(swept.function.name);
  if (plugin.chooses_width) return {0};
  if (!swept.widths.empty()) return declared_widths(context, plugin, swept, swept.widths);
  if (of_sweep) return declared_widths(context, plugin, swept, *of_sweep);
  std::vector<int> widths = plugin.widths;
  std::sort(widths.begin(), widths.end(), std::greater<>());
  return widths;
}

bool read_function(const Input& input, QuantizeStage& stage) {
  StageContext& context = input.context;
  const auto& keys = grammar::swept_function();
  auto parsed = parse_plugin(input.reader, context.registry, plugins::Kind::quantizer, input.node, &keys);
  if (!parsed) return false;
  SweptFunction swept;
  swept.function = std::move(parsed->use);
  const std::string& name = swept.label = swept.function.name;
  if (parsed->own.has("bits") && context.registry.quantizer(name).chooses_width) {
    return context.fault(parsed->own.place("bits"), "'" + name + "' chooses its widths itself; leave 'bits' out");
  }
  if (!read_values(context, keys, parsed->own, &swept, " of '" + name + "'")) return false;
  stage.functions.push_back(std::move(swept));
  return true;
}

bool read_functions(const Input& input, QuantizeStage& stage) {
  return read_items(input, {.empty = " is empty, so the sweep has nothing to do"},
                    [&](const Input& item) { return read_function(item, stage); });
}

void print_functions(YamlPrinter& printer, const QuantizeStage& stage) {
  printer.begin_list();
  for (const SweptFunction& swept : stage.functions) {
    if (!swept.widths.empty()) printer.plugin(swept.function, &grammar::swept_function(), &swept);
  }
  printer.end_list();
}

bool check_sweep(StageContext& context, const Fields& fields, QuantizeStage& stage) {
  if (!fields.understood("bits")) stage.widths.emplace();  // reported; the functions are none the worse for it
  bool any = false;
  for (SweptFunction& swept : stage.functions) {
    swept.widths = swept_widths(context, swept, stage.widths);
    any = any || !swept.widths.empty();
  }
  return any || !fields.complete() ||
         context.fault(fields.place(), "the sweep is empty: no function offers any of its widths");
}

// auto, true, false, or the kinds of layers.
bool read_fold(const Input& input, formats::FoldChoice& fold) {
  if (!input.node.IsSequence()) {
    const auto choice =
        input.reader.choice(input.node, input.what, fold_names, ", or a list of batchnorm, scale, bias");
    const bool all = choice == std::size_t{1};
    fold = {.automatic = choice == std::size_t{0}, .kinds = {.batchnorm = all, .scale = all, .bias = all}};
    return choice.has_value();
  }
  if (input.node.size() == 0) return input.fault(input.what + " is empty; to fold nothing write 'fold: false'");
  std::array<bool, fold_kinds.size()> kinds{};
  for (const auto& item : input.node) {
    const auto kind = input.reader.choice(item, "an entry of " + input.what, fold_kinds);
    if (kind) kinds.at(*kind) = true;
  }
  fold = {.automatic = false, .kinds = {.batchnorm = kinds[0], .scale = kinds[1], .bias = kinds[2]}};
  return true;
}

void print_fold(YamlPrinter& printer, const formats::FoldChoice& fold) {
  const std::array<bool, fold_kinds.size()> kinds = {fold.kinds.batchnorm, fold.kinds.scale, fold.kinds.bias};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds.at(i)) names.emplace_back(fold_kinds.at(i));
  }
  if (!fold.automatic && !names.empty()) return printer.list(names);
  printer.text(fold.automatic ? "auto" : "false");
}

Format<formats::Compaction> compaction() {
  auto format = choice<formats::Compaction>(compaction_names);
  format.is_quoted = false;
  return format;
}

bool read_compactions(const Input& input, std::vector<formats::Compaction>& compactions) {
  compactions.clear();
  return read_items(input, {}, [&](const Input& item) {
    formats::Compaction one = formats::Compaction::off;
    if (!compaction().read(item, one)) return false;
    if (std::find(compactions.begin(), compactions.end(), one) != compactions.end()) {
      return item.fault(item.what + " has '" + compaction().show(one) + "' twice");
    }
    compactions.push_back(one);
    return true;
  });
}

bool read_compaction(const Input& input, std::vector<formats::Compaction>& compactions) {
  if (input.node.IsScalar()) return read_compactions(input, compactions);
  return input.fault(input.what + " must be false, true, float16 or grid; several of them stand in the 'sweep'");
}

bool is_in_sweep(StageContext& context, const Fields& fields, std::string_view wanted) {
  const YAML::Node* const sweep = fields.find("sweep");
  if (sweep == nullptr || !sweep->IsMap()) return false;
  const auto entries = context.reader.entries(*sweep, "'sweep'");
  return std::any_of(entries->begin(), entries->end(),
                     [&](const auto& entry) { return entry.first.Scalar() == wanted; });
}

std::vector<std::string> names_of_inputs(const PipelineSpec& spec) {
  std::vector<std::string> names = names_of_models(spec);
  for (const QuantizeStage& earlier : spec.quantizes) {
    if (!earlier.id.empty()) names.push_back(earlier.id);
  }
  return names;
}

void check_id(StageContext& context, const Place& place, QuantizeStage& stage) {
  const auto same = [&](const QuantizeStage& other) { return other.id == stage.id; };
  const auto models = names_of_models(context.spec);
  if (std::any_of(context.spec.quantizes.begin(), context.spec.quantizes.end(), same)) {
    context.fault(place, "two quantize stages have the id '" + stage.id + "'");
  } else if (std::find(models.begin(), models.end(), stage.id) != models.end()) {
    context.fault(place,
                  "'id' is the name of a loaded model, '" + stage.id + "'; an 'input' of that name would be unclear");
  } else {
    return;
  }
  stage.id.clear();
}

// With a placeholder for each dimension of the sweep that has several values.
std::string usual_name(const QuantizeStage& stage) {
  std::string name = "{model}_{function}_{bits}";
  const auto several = [&](const auto& list) {
    return std::ranges::any_of(stage.functions,
                               [&](const SweptFunction& swept) { return list(swept.layouts).size() > 1; }) ||
           list(stage.layouts).size() > 1;
  };
  if (several([](const LayoutSweep& sweep) { return sweep.granularities; })) name += "_{granularity}";
  if (several([](const LayoutSweep& sweep) { return sweep.vectors; })) name += "_{vector}";
  if (several([](const LayoutSweep& sweep) { return sweep.channel_scales; })) name += "_{scale}";
  if (several([](const LayoutSweep& sweep) { return sweep.int8_tables; })) name += "_{table}";
  if (stage.compactions.size() > 1) name += "_{preprocessing}";
  return name;
}

// Vectors need a function that makes tables of them.
void check_vectors(StageContext& context, const Fields& fields, const QuantizeStage& stage) {
  for (const SweptFunction& swept : stage.functions) {
    const std::vector<int>& vectors = swept.layouts.vectors.empty() ? stage.layouts.vectors : swept.layouts.vectors;
    const bool any = std::ranges::any_of(vectors, [](int length) { return length > 1; });
    if (!any || context.registry.quantizer(swept.function.name).vector_tables) continue;
    context.fault(fields.place("sweep"),
                  "'" + swept.label + "' makes no tables of vectors; leave 'vector' to the others");
  }
}

bool check_quantize(StageContext& context, const Fields& fields, QuantizeStage& stage) {
  if (!stage.id.empty()) check_id(context, fields.place("id"), stage);
  check_time_limit(context, fields, stage.isolation);
  if (fields.has("compact_preprocessing") && is_in_sweep(context, fields, "compact_preprocessing")) {
    context.fault(fields.place("compact_preprocessing"),
                  "'compact_preprocessing' stands in the stage and in its sweep; one is enough");
  }
  if (!fields.has("name")) stage.name = stage.recorded_name = usual_name(stage);
  check_vectors(context, fields, stage);
  const YAML::Node* const rules = fields.find("rules");
  if (rules != nullptr && rules->IsMap()) {
    if (!read_rules_source(context, *rules, stage)) return false;
  } else if (!fields.has("sweep")) {
    return context.fault(fields.place(), "'quantize' has no 'sweep'");
  }
  check_rule_widths(context, stage.rules, used_functions(context.registry, stage));
  return true;
}

}  // namespace

const MappingOf<SweptFunction>& grammar::swept_function() {
  const auto read = [label = name()](const Input& input, SweptFunction& swept) {
    return label.read(input, swept.label);
  };
  const auto show = [](const SweptFunction& swept) {
    return swept.label == swept.function.name ? "" : escape_variables(swept.label);
  };
  static const MappingOf<SweptFunction> table(
      "a function", {
                        {"bits", &SweptFunction::widths, widths(), "The widths for this function alone."},
                        {"granularity", in(&SweptFunction::layouts, &LayoutSweep::granularities), granularities(),
                         "What has a table or a scale of its own, for this function alone."},
                        {"vector", in(&SweptFunction::layouts, &LayoutSweep::vectors), vectors(),
                         "The lengths of a table's vectors, for this function alone."},
                        {"channel_scale", in(&SweptFunction::layouts, &LayoutSweep::channel_scales), channel_scales(),
                         "Whether channels are scaled before they get a table, for this function alone."},
                        {"table", in(&SweptFunction::layouts, &LayoutSweep::int8_tables), int8_tables(),
                         "The type of a table's entries, for this function alone."},
                        {"as", called("'as'", quoted(Format<SweptFunction>({}, read, show))),
                         "What {function} stands for, so that one function can occur twice."},
                    });
  return table;
}

const MappingOf<QuantizeStage>& grammar::sweep() {
  static const Type functions = one_or_list_type(plugin_type(plugins::Kind::quantizer, &swept_function()));
  auto compactions = list_of(compaction());
  compactions.read = read_compactions;
  static const MappingOf<QuantizeStage> table(
      "'sweep'",
      {
          {"compact_preprocessing", &QuantizeStage::compactions, compactions,
           "One or several of false, true, float16, grid, in place of the stage's own key."},
          {"function", required(Format<QuantizeStage>(functions, read_functions, {}, print_functions)),
           "Quantizers, each with its options."},
          {"bits", &QuantizeStage::widths, unprinted(widths()),  // each function is printed with its own
           "Widths: 1 to 8, 16, 32; by default all that each function declares."},
          {"granularity", in(&QuantizeStage::layouts, &LayoutSweep::granularities), granularities(),
           "What has a table or a scale of its own: tensor, channel, {group: N}, {block: N}, or {block: [N, ...]} with "
           "a length along each axis (0: all of it), or several; by default as the function does."},
          {"vector", in(&QuantizeStage::layouts, &LayoutSweep::vectors), vectors(),
           "The length of a table's vectors, or several; 1 by default."},
          {"channel_scale", in(&QuantizeStage::layouts, &LayoutSweep::channel_scales), channel_scales(),
           "Whether channels are scaled before they get a table: false (the default), true, after_table, or several."},
          {"table", in(&QuantizeStage::layouts, &LayoutSweep::int8_tables), int8_tables(),
           "The type of a table's entries: float (the default), int8, or both."},
      },
      check_sweep);
  return table;
}

const MappingOf<QuantizeStage>& grammar::quantize() {
  static const Type folds{.kind = Type::Kind::either,
                          .of = {choice_type(fold_names), list_type(choice_type(fold_kinds))}};
  static const MappingOf<QuantizeStage> table(
      "'quantize'",
      {
          {"id", &QuantizeStage::id, name(), "By which a later quantize stage names this one as its input."},
          {"input", &QuantizeStage::inputs,
           list_of(known_name(names_of_inputs, "no loaded model and no earlier quantize stage is called")),
           "What to quantize: names of loaded models and ids of earlier quantize stages; all loaded models by "
           "default."},
          {"name", name_template(&QuantizeStage::name, &QuantizeStage::recorded_name),
           "The variants' names: {default} by default."},
          {"description", name_template(&QuantizeStage::description, &QuantizeStage::recorded_description),
           "The short description written into each file, with the same placeholders; left as it is by default."},
          {"isolation", &QuantizeStage::isolation, isolation(),
           "none: plugins run in this process, by default; process: each task in one of its own, so that a crash is "
           "its failure alone."},
          {"time_limit", &QuantizeStage::isolation, time_limit(),
           "With 'isolation: process': the seconds after which a task is given up; {default} by default."},
          {"requantize", &QuantizeStage::requantize, flag(),
           "Quantizes what is quantized already, too; {default} by default."},
          {"keep", &QuantizeStage::keep, choice<Keep>(keep_names),
           "smaller: a tensor whose codes would not be smaller than float16 or float32 is stored as that, by default; "
           "always: as codes all the same."},
          {"joint", &QuantizeStage::joint, flag(),
           "Compresses further what is compressed already, in place of leaving it; {default} by default."},
          {"weight_threshold", &QuantizeStage::weight_threshold, whole(),
           "Tensors of no more values stay, unless a rule asks for them; 2048 by default for ML Programs, 0 for "
           "others."},
          {"indivisible", &QuantizeStage::indivisible, choice<quantization::Indivisible>(indivisible_names),
           "What becomes of a tensor that groups, blocks or vectors don't divide: skip (it stays, the default), error, "
           "or nearest (the largest smaller size that divides it)."},
          {"compress_for", &QuantizeStage::compress_for, compress_for(),
           "ios16, ios17, ios18, ios26: no later system is needed for what an ML Program becomes; as_is: none but the "
           "model's own. By default whatever the settings need."},
          {"fold", &QuantizeStage::fold, usually("auto", Format<formats::FoldChoice>(folds, read_fold, {}, print_fold)),
           "Which layers are folded into the one before them: auto (below 16 bits all kinds), true, false, or a list "
           "of batchnorm, scale, bias."},
          {"rules", &QuantizeStage::rules, rules(),
           "What becomes of some of the weights: skipped, other bits, another function. The first that matches "
           "counts. Or a file of coremltools."},
          {"compact_preprocessing", &QuantizeStage::compactions,  // printed in the sweep
           usually("false",
                   Format<std::vector<formats::Compaction>>(choice_type(compaction_names), read_compaction, {})),
           "Stores a mean image in less space: false (the default), true (where that is lossless), float16 or grid."},
          {"sweep", mapping(sweep()),
           "The functions and the widths; only a stage whose rules are a file of coremltools needs none."},
      },
      check_quantize, {.any_of = {"sweep", "rules"}});
  return table;
}

}  // namespace goldilocks::pipeline
