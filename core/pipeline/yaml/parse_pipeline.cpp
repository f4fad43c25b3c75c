// Reading goes on after a fault wherever what follows can be understood without it, so that all faults are reported at
// once. Variables come first, as everything may use them; then the plugins' places, as the stages open plugins; then
// the stages in their order; at last what concerns several stages.
#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>
#include <utility>

#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

struct StageKind {
  std::string_view name;
  void (*parse)(StageContext&, const YAML::Node&, const YAML::Node&);
  bool repeats;
};

// In the order in which they stand in a pipeline.
constexpr std::array stage_kinds = {
    StageKind{"load", parse_load, true},
    StageKind{"quantize", parse_quantize, true},
    StageKind{"sensitivity", parse_sensitivity, false},
    StageKind{"mixed", parse_mixed, true},
    StageKind{"evaluate", parse_evaluate, false},
    StageKind{"select", parse_select, false},
    StageKind{"prove", parse_prove, false},
    StageKind{"publish", parse_publish, false},
    StageKind{"report", parse_report, false},
};

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
      const auto fields = reader.map(value, grammar::path_variable(), "variable '" + name + "'");
      const auto path = fields ? fields->find("path") : std::nullopt;
      if (path && !path->IsScalar()) reader.fault(*path, "the default of path variable '" + name + "' must be a path");
      const bool usable = path && path->IsScalar();
      reader.variables().declare(name, true, usable ? path->Scalar() : ".", reader.place(value));
    } else {
      reader.fault(value.IsNull() ? key : value,
                   "variable '" + name + "' needs a default: a value, or '{path: ...}' for a path");
      reader.variables().declare(name, false, "", reader.place(key));
    }
  }
}

void read_plugin_places(StageContext& context, const YAML::Node& node) {
  std::vector<std::filesystem::path> places;
  for (const YAML::Node& item : context.reader.list(node, "'plugins'").value_or(std::vector<YAML::Node>{})) {
    const auto place = context.reader.existing_file(item, "a place of plugins");
    if (!place) continue;
    context.spec.plugin_places.push_back(*place);
    places.push_back(place->path);
  }
  context.registry.prepend(places);
}

void read_stages(StageContext& context, const YAML::Node& node) {
  YamlReader& reader = context.reader;
  const auto stages = reader.list(node, "'stages'");
  if (!stages) return;
  if (stages->empty()) reader.fault(node, "'stages' is empty; there is nothing to do");
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
    const auto kind =
        std::find_if(stage_kinds.begin(), stage_kinds.end(), [&](const auto& k) { return k.name == name; });
    if (kind == stage_kinds.end()) {
      reader.fault(key, "unknown stage '" + name + "'" + did_you_mean(name, known));
      continue;
    }
    const auto rank = static_cast<std::size_t>(kind - stage_kinds.begin());
    if (rank < last) {
      reader.fault(key,
                   "'" + name + "' stands after '" + std::string(stage_kinds.at(last).name) +
                       "'; the order is load, quantize, sensitivity, mixed, evaluate, select, prove, publish, report");
    }
    if (!seen.insert(name).second && !kind->repeats) {
      reader.fault(key, "a second '" + name + "' stage; a pipeline has one");
      continue;
    }
    last = std::max(last, rank);
    kind->parse(context, key, settings);
  }
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

const LoadedModel& PipelineSpec::model_of(const VariantSpec& variant) const {
  return loads.at(variant.stage).models.at(variant.item);
}

const SweptFunction& PipelineSpec::function_of(const VariantSpec& variant) const {
  if (variant.mixed) return sensitivity.value().function;
  return quantizes.at(variant.stage).functions.at(variant.item);
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

  StageContext context{.reader = reader, .registry = registry, .spec = spec};
  const auto fields = reader.map(document, grammar::pipeline(), "a pipeline");
  if (!fields) faults.throw_if_any();  // without stages there is nothing more to read
  if (const auto variables = fields->find("variables")) read_variables(reader, *variables);
  for (const auto& [name, value] : settings.set) reader.variables().set(name, value, settings.current_folder, file);
  spec.variables = reader.variables().resolve_all();
  if (const auto name = fields->find("name")) {
    if (const auto text = reader.name(*name, "the pipeline's name")) spec.name = *text;
  }
  if (const auto plugins = fields->find("plugins")) read_plugin_places(context, *plugins);
  read_stages(context, *fields->find("stages"));
  check_together(context);
  share_datasets(spec);
  check_baseline(context);
  if (faults.empty()) name_variants(context);
  check_report_files(context);
  faults.throw_if_any();
  return spec;
}

}  // namespace goldilocks::pipeline
