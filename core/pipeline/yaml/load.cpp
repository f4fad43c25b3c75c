// The stage `load`, with its models.
#include <algorithm>

#include "core/base/paths.hpp"
#include "core/formats/model_files.hpp"
#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

bool read_model_file(const Input& input, const std::string& expected, LoadedModel& model) {
  const auto file = input.reader.existing_file(input.node, "a model", expected);
  if (!file) return false;
  if (is_folder(file->path) && !formats::is_package(file->path)) {
    return input.fault("a model: " + file->path.string() + " is a folder, and no package");
  }
  model.file = *file;
  return true;
}

// A path, or a mapping.
bool read_model(const Input& input, LoadedModel& model) {
  model.place = input.reader.place(input.node);
  const bool complete = input.node.IsMap()
                            ? read_mapping(input.context, grammar::model(), input.node, &model) == Outcome::complete
                            : read_model_file(input, "a path, or a mapping with 'path' and 'name'", model);
  if (complete && model.name.empty()) model.name = formats::stem_of(model.file.path);
  return complete;
}

bool add_model(const Input& input, LoadStage& load) {
  LoadedModel model;
  if (!read_model(input, model)) return false;
  const auto& loads = input.context.spec.loads;
  const auto has_it = [&](const LoadStage& stage) {
    return std::any_of(stage.models.begin(), stage.models.end(), [&](const auto& m) { return m.name == model.name; });
  };
  if (has_it(load) || std::any_of(loads.begin(), loads.end(), has_it)) {
    return input.fault("two loaded models are called '" + model.name +
                       "'; give one another name, as in '{path: ..., name: ...}'");
  }
  load.models.push_back(std::move(model));
  return true;
}

bool add_one_model(const Input& input, LoadStage& load) {
  if (input.node.IsSequence()) return input.fault("'model' is one model; write 'models' for a list");
  return add_model(input, load);
}

bool add_models(const Input& input, LoadStage& load) {
  return read_items(input, {.or_one = false, .empty = ""}, [&](const Input& item) { return add_model(item, load); });
}

void print_models(YamlPrinter& printer, const LoadStage& load) {
  if (load.models.empty()) return;
  printer.begin_list();
  for (const LoadedModel& model : load.models) printer.mapping(grammar::model(), &model);
  printer.end_list();
}

void print_dataset(YamlPrinter& printer, const std::size_t& index) {
  printer.mapping(grammar::dataset(), &printer.spec().datasets[index]);
}

bool read_results(const Input& input, LoadStage& /*load*/) {
  auto results = input.reader.existing_file(input.node, input.what);
  if (!results) return false;
  if (is_folder(results->path)) {
    for (std::string* text : {&results->record, &results->shown}) *text += "/results.json";
    results->path /= "results.json";
    if (!is_there(results->path)) return input.fault(input.what + ": there is no " + results->path.string());
  }
  auto& earlier = input.context.spec.earlier_results;
  if (earlier) return input.fault("a second 'results'; a pipeline can load one earlier run");
  earlier = *results;
  return true;
}

void print_results(YamlPrinter& printer, const LoadStage& load) {
  const auto& results = printer.spec().earlier_results;
  if (load.models.empty() && !load.dataset && results) printer.text(results->record, true);
}

bool check_load(StageContext& context, const Fields& fields, LoadStage& load) {
  context.names_model = context.names_model || fields.has("model") || fields.has("models");
  context.names_dataset = context.names_dataset || fields.has("dataset");
  context.names_results = context.names_results || fields.has("results");
  return !fields.empty() ||
         context.fault(load.place, "'load' has nothing to load: it needs 'model', 'models', 'dataset' or 'results'");
}

}  // namespace

const MappingOf<LoadedModel>& grammar::model() {
  const auto read = [](const Input& input, LoadedModel& model) { return read_model_file(input, "a path", model); };
  const auto show = [](const LoadedModel& model) { return model.file.record; };
  static const MappingOf<LoadedModel> table(
      "a model",
      {
          {"path", required(quoted(Format<LoadedModel>({.kind = Type::Kind::path}, read, show))), formats::a_model},
          {"name", &LoadedModel::name, called("the model's name", name()),
           "What to call it; by default the file's name without its ending."},
          {"function_name", &LoadedModel::function_name, text("the name of one of the model's functions"),
           "Of an ML Program with several functions, the one that is evaluated; by default the model's default one."},
      });
  return table;
}

const MappingOf<LoadStage>& grammar::load() {
  static const Type path{.kind = Type::Kind::path};
  static const Type one{.kind = Type::Kind::either, .of = {path, mapping_type(model())}};
  static const MappingOf<LoadStage> table(
      "'load'",
      {
          {"model", Format<LoadStage>(one, add_one_model, {}), formats::a_model},
          {"models", Format<LoadStage>(list_type(one), add_models, {}, print_models), formats::several_models},
          {"dataset", &LoadStage::dataset, Format<std::size_t>(mapping_type(dataset()), add_dataset, {}, print_dataset),
           "Images or arrays to evaluate on; those of the first stage that has some by default."},
          {"results", Format<LoadStage>(path, read_results, {}, print_results),
           "An earlier run's folder or results.json, to select from and report again."},
      },
      check_load);
  return table;
}

}  // namespace goldilocks::pipeline
