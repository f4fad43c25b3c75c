// Reading goes on after a fault wherever what follows can be understood without it, so that all faults are reported at
// once. Variables come first, as everything may use them; then the plugins' places, as the stages open plugins; then
// the stages in their order; at last what concerns several stages.
#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/suggest.hpp"
#include "core/formats/model_files.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

void read_variables(YamlReader& reader, const YAML::Node& node) {
  const auto entries = reader.entries(node, "'variables'");
  if (!entries) return;
  for (const auto& [key, value] : *entries) {
    const std::string& name = key.Scalar();
    const auto allowed = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '_'); };
    if (name.empty() || !std::all_of(name.begin(), name.end(), allowed)) {
      reader.fault(key, "a variable's name has letters, digits and '_' only, unlike '" + name + "'");
    } else if (value.IsScalar()) {
      reader.variables().declare(name, false, value.Scalar(), reader.place(value));
    } else if (value.IsMap()) {
      const auto fields = read_fields(reader, value, grammar::path_variable(), "variable '" + name + "'");
      const YAML::Node* path = fields ? fields->find("path") : nullptr;
      if (path && !path->IsScalar()) reader.fault(*path, "the default of path variable '" + name + "' must be a path");
      const bool usable = path != nullptr && path->IsScalar();
      reader.variables().declare(name, true, usable ? path->Scalar() : ".", reader.place(value));
    } else {
      reader.fault(value.IsNull() ? key : value,
                   "variable '" + name + "' needs a default: a value, or '{path: ...}' for a path");
      reader.variables().declare(name, false, "", reader.place(key));
    }
  }
}

// They are searched from then on.
Format<std::vector<PathValue>> plugin_places() {
  auto format = list_of(existing_path(), {.or_one = false, .empty = "", .item = "a place of plugins"});
  format.read = [read = format.read](const Input& input, std::vector<PathValue>& places) {
    const bool complete = read(input, places);
    std::vector<std::filesystem::path> paths;
    for (const PathValue& place : places) paths.push_back(place.path);
    input.context.registry.prepend(paths);
    return complete;
  };
  format.print = [](YamlPrinter& printer, const std::vector<PathValue>& places) {
    if (places.empty()) return;
    printer.begin_list();
    for (const PathValue& place : places) printer.text(place.record, true);
    printer.end_list();
  };
  return format;
}

bool read_stages(const Input& input, PipelineSpec& spec) {
  YamlReader& reader = input.reader;
  const auto stages = reader.list(input.node, input.what);
  if (!stages) return false;
  if (stages->empty()) return input.fault(input.what + " is empty; there is nothing to do");
  const std::vector<Key>& kinds = grammar::stage().keys;
  const std::vector<std::string> known = names_of(grammar::stage());
  std::set<std::string> seen;
  std::size_t last = 0;
  for (const YAML::Node& stage : *stages) {
    const std::optional<Entries> entries = stage.IsMap() ? reader.entries(stage, "a stage") : Entries{};
    if (!entries) continue;
    if (entries->size() != 1) {
      reader.fault(stage, "a stage is one key with its settings, as in 'evaluate: {backend: onednn}'");
      continue;
    }
    const auto& [key, settings] = entries->front();
    const std::string name = key.Scalar();
    const auto rank = static_cast<std::size_t>(std::find(known.begin(), known.end(), name) - known.begin());
    if (rank == known.size()) {
      reader.fault(key, "unknown stage '" + name + "'" + did_you_mean(name, known));
      continue;
    }
    if (rank < last) {
      reader.fault(key,
                   fmt::format("'{}' stands after '{}'; the order is {}", name, known[last], fmt::join(known, ", ")));
    }
    if (!seen.insert(name).second && !kinds[rank].value.repeats) {
      reader.fault(key, "a second '" + name + "' stage; a pipeline has one");
      continue;
    }
    last = std::max(last, rank);
    input.context.place = reader.place(key);
    kinds[rank].value.read({input.context, reader, settings, kinds[rank].named()}, &spec);
  }
  return true;
}

void print_stages(YamlPrinter& printer, const PipelineSpec& spec) {
  printer.begin_list();
  printer.keys(grammar::stage(), &spec);
  printer.end_list();
}

template <class Stage>
void print_stage(YamlPrinter& printer, const std::string& name, const MappingOf<Stage>& keys, const Stage& stage) {
  printer.begin_mapping();
  printer.key(name);
  printer.mapping(keys, &stage);
  printer.end_mapping();
}

// A kind of stage: an optional member where a pipeline may have it once, a list where it may have several.
template <class Stage, class Member>
Format<PipelineSpec> stages(Member PipelineSpec::*member, const MappingOf<Stage>& keys) {
  constexpr bool repeats = std::is_same_v<Member, std::vector<Stage>>;
  const auto read = [=, &keys](const Input& input, PipelineSpec& spec) {
    Stage stage;
    stage.place = input.context.place;
    if (read_mapping(input.context, keys, input.node, &stage) == Outcome::unreadable) return false;
    if constexpr (repeats) {
      (spec.*member).push_back(std::move(stage));
    } else {
      spec.*member = std::move(stage);
    }
    return true;
  };
  const auto print = [=, &keys](YamlPrinter& printer, const PipelineSpec& spec) {
    const std::string name = printer.take_key();
    if constexpr (repeats) {
      for (const Stage& stage : spec.*member) print_stage(printer, name, keys, stage);
    } else {
      if (spec.*member) print_stage(printer, name, keys, *(spec.*member));
    }
  };
  Format<PipelineSpec> format(mapping_type(keys), read, {}, print);
  format.repeats = repeats;
  return format;
}

Format<std::vector<PluginUse>> reports() {
  auto format = list_of(plugin(plugins::Kind::report), {.empty = ""});
  format.read = [read = format.read](const Input& input, std::vector<PluginUse>& uses) {
    return read(input, uses) &&
           (!uses.empty() ||
            input.context.fault(input.context.place, input.what + " is empty; name at least one report"));
  };
  format.print = [print = format.print](YamlPrinter& printer, const std::vector<PluginUse>& uses) {
    const std::string name = printer.take_key();
    if (uses.empty()) return;
    printer.begin_mapping();
    printer.key(name);
    print(printer, uses);
    printer.end_mapping();
  };
  return format;
}

// A stage that names no images gets those of the first stage that does.
void share_datasets(PipelineSpec& spec) {
  const auto first = std::find_if(spec.loads.begin(), spec.loads.end(), [](const auto& load) { return load.dataset; });
  if (first == spec.loads.end()) return;
  const std::optional<std::size_t> dataset = first->dataset;
  for (LoadStage& load : spec.loads) {
    if (!load.dataset) load.dataset = dataset;
  }
}

// What is stated on samples must not have been chosen by them.
void check_proof(StageContext& context) {
  const PipelineSpec& spec = context.spec;
  const ProveStage& prove = *spec.prove;
  Diagnostics& faults = context.reader.diagnostics();
  if (!spec.evaluate || !spec.select) {
    faults.add(prove.place, "'prove' needs an 'evaluate' and a 'select' stage before it");
    return;
  }
  check_part(context, prove.place, "prove", prove.part);
  const auto check = [&](const char* stage, const std::string& part) {
    if (part.empty()) {
      faults.add(prove.place, std::string("'") + stage + "' uses all samples, those of 'prove' too; give it a 'part'");
    } else if (part == prove.part) {
      faults.add(prove.place,
                 std::string("'") + stage + "' uses the part '" + part + "' already; prove on another one");
    }
  };
  check("evaluate", spec.evaluate->part);
  if (spec.sensitivity) check("sensitivity", spec.sensitivity->part);
}

// What one stage needs of others.
void check_together(StageContext& context) {
  const PipelineSpec& spec = context.spec;
  Diagnostics& faults = context.reader.diagnostics();
  if (!context.names_model) {
    constexpr const char* no_model = " needs a model: no 'load' stage names one";
    for (const QuantizeStage& stage : spec.quantizes) faults.add(stage.place, std::string("'quantize'") + no_model);
    if (spec.evaluate) faults.add(spec.evaluate->place, std::string("'evaluate'") + no_model);
  }
  if (spec.sensitivity && !context.names_model) {
    faults.add(spec.sensitivity->place, "'sensitivity' needs a model: no 'load' stage names one");
  }
  if (spec.sensitivity && !context.names_dataset) {
    faults.add(spec.sensitivity->place, "'sensitivity' needs a dataset: no 'load' stage names one");
  }
  for (const MixedStage& mixed : spec.mixes) {
    if (!spec.sensitivity) faults.add(mixed.place, "'mixed' needs a 'sensitivity' stage before it");
  }
  if (spec.evaluate && !context.names_dataset) {
    faults.add(spec.evaluate->place, "'evaluate' needs a dataset: no 'load' stage names one");
  }
  if (spec.sensitivity) check_part(context, spec.sensitivity->place, "sensitivity", spec.sensitivity->part);
  if (spec.evaluate) check_part(context, spec.evaluate->place, "evaluate", spec.evaluate->part);
  if (spec.select && !spec.evaluate && !context.names_results) {
    faults.add(spec.select->place, "'select' needs an 'evaluate' stage before it");
  }
  if (spec.prove) check_proof(context);
  if (spec.publish && !spec.select) faults.add(spec.publish->place, "'publish' needs a 'select' stage before it");
  if (!context.names_results) return;
  for (const LoadStage& load : spec.loads) {
    if (!load.models.empty()) {
      faults.add(load.place, "'results' of an earlier run and models can't be loaded in one pipeline");
    }
  }
}

// Answers can be compared for the same samples only.
void check_baseline(StageContext& context) {
  const PipelineSpec& spec = context.spec;
  if (!spec.evaluate || spec.evaluate->baseline.empty()) return;
  std::set<std::optional<std::size_t>> datasets;
  for (const LoadStage& load : spec.loads) {
    if (!load.models.empty()) datasets.insert(load.dataset);
  }
  if (datasets.size() > 1) {
    context.reader.diagnostics().add(spec.evaluate->place,
                                     "'baseline' compares all models with one, but they have different datasets");
  }
}

}  // namespace

const MappingOf<Variable>& grammar::path_variable() {
  static const MappingOf<Variable> table(
      "a path variable", {{"path", required(Format<Variable>({.kind = Type::Kind::path}, {}, {})),
                           "The default of a variable that is a path, relative to the pipeline's file."}});
  return table;
}

const MappingOf<PipelineSpec>& grammar::stage() {
  static const MappingOf<PipelineSpec> table(
      "a stage",
      {
          {"load", stages(&PipelineSpec::loads, load()),
           "Models, the images to evaluate them on, or an earlier run's results."},
          {"quantize", stages(&PipelineSpec::quantizes, quantize()), "Makes variants: each function at each width."},
          {"sensitivity", stages(&PipelineSpec::sensitivity, sensitivity()),
           "Measures what each weight tensor alone does to the answers, by width."},
          {"mixed", stages(&PipelineSpec::mixes, mixed()),
           "Makes a variant with a width of its own for each weight tensor."},
          {"evaluate", stages(&PipelineSpec::evaluate, evaluate()),
           "Runs every model on its images and computes the metrics."},
          {"select", stages(&PipelineSpec::select, select()), "Chooses the smallest model that keeps all limits."},
          {"prove", stages(&PipelineSpec::prove, prove()),
           "States the chosen model's figures on images that took no part in the choice."},
          {"publish", stages(&PipelineSpec::publish, publish()),
           "Puts the chosen file into a folder of its own, with its papers."},
          {"report", &PipelineSpec::reports, reports(), "Writes the results in one or more forms."},
      },
      nullptr, {.fewest = 1, .most = 1});
  return table;
}

const MappingOf<PipelineSpec>& grammar::pipeline() {
  static const Type variable{.kind = Type::Kind::either, .of = {{}, mapping_type(path_variable())}};
  static const Type variables{.kind = Type::Kind::entries, .pattern = "^[A-Za-z0-9_]+$", .of = {variable}};
  static const MappingOf<PipelineSpec> table(
      "a pipeline",
      {
          {"name", &PipelineSpec::name, called("the pipeline's name", name()),
           "The run's name; by default that of the file without its ending."},
          {"variables", Format<PipelineSpec>(variables, {}, {}),  // read before all others
           "Names with their defaults; ${name} stands for the value, --set name=value changes it."},
          {"plugins", &PipelineSpec::plugin_places, plugin_places(),
           "Folders and libraries to search for plugins before the usual places."},
          {"stages", required(Format<PipelineSpec>(list_type(mapping_type(stage())), read_stages, {}, print_stages)),
           "What to do: load, quantize, sensitivity, mixed, evaluate, select, prove, publish, report, in this order."},
      });
  return table;
}

const LoadedModel& PipelineSpec::model_of(const VariantSpec& variant) const {
  return loads.at(variant.stage).models.at(variant.item);
}

const SweptFunction& PipelineSpec::function_of(const VariantSpec& variant) const {
  if (variant.mixed) return sensitivity.value().function;
  return quantizes.at(variant.stage).functions.at(variant.item);
}

bool PipelineSpec::loads_packages() const {
  return std::ranges::any_of(loads, [](const LoadStage& load) {
    return std::ranges::any_of(load.models,
                               [](const LoadedModel& model) { return formats::holds_package(model.file.path); });
  });
}

bool PipelineSpec::is_studied(const VariantSpec& variant) const {
  if (!sensitivity || !variant.loaded) return false;
  const auto& names = sensitivity->inputs;
  return names.empty() || std::find(names.begin(), names.end(), variant.name) != names.end();
}

std::size_t PipelineSpec::dataset_of(const VariantSpec& variant) const {
  return loads.at(variants.at(variant.root).stage).dataset.value();
}

PipelineSpec parse_pipeline(const std::filesystem::path& file, const ParseSettings& settings,
                            plugins::Registry& registry) {
  Diagnostics faults;
  YamlReader reader(file, faults);
  PipelineSpec spec;
  spec.file = file;
  spec.name = file.stem().string();
  const YAML::Node document = reader.load();
  faults.throw_if_any();

  StageContext context{.reader = reader, .faults = faults, .registry = registry, .spec = spec};
  auto fields = read_fields(reader, document, grammar::pipeline(), grammar::pipeline().what);
  if (!fields) faults.throw_if_any();  // without stages there is nothing more to read
  if (const YAML::Node* variables = fields->find("variables")) read_variables(reader, *variables);
  for (const auto& [name, value] : settings.set) reader.variables().set(name, value, settings.current_folder, file);
  spec.variables = reader.variables().resolve_all();
  read_values(context, grammar::pipeline(), *fields, &spec);
  check_together(context);
  share_datasets(spec);
  check_baseline(context);
  if (faults.empty()) name_variants(context);
  check_report_files(context);
  faults.throw_if_any();
  return spec;
}

}  // namespace goldilocks::pipeline
