#include <algorithm>
#include <utility>

#include "core/base/paths.hpp"
#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"

namespace goldilocks::pipeline {
namespace {

std::optional<LoadedModel> parse_model(YamlReader& reader, const YAML::Node& node) {
  LoadedModel model;
  model.place = reader.place(node);
  YAML::Node path = node;
  if (node.IsMap()) {
    const auto fields = reader.map(node, grammar::model(), "a model");
    if (!fields) return std::nullopt;
    path = *fields->find("path");
    if (const auto name = fields->find("name")) {
      const auto text = reader.name(*name, "the model's name");
      if (!text) return std::nullopt;
      model.name = *text;
    }
  }
  const auto file =
      reader.existing_file(path, "a model", node.IsMap() ? "a path" : "a path, or a mapping with 'path' and 'name'");
  if (!file) return std::nullopt;
  if (is_folder(file->path)) {
    reader.fault(path, "a model: " + file->path.string() + " is a folder, not a .mlmodel file");
    return std::nullopt;
  }
  model.file = *file;
  if (model.name.empty()) model.name = model.file.path.stem().string();
  return model;
}

void add_model(StageContext& context, LoadStage& load, const YAML::Node& node) {
  auto model = parse_model(context.reader, node);
  if (!model) return;
  const auto same = [&](const LoadedModel& other) { return other.name == model->name; };
  bool taken = std::any_of(load.models.begin(), load.models.end(), same);
  for (const LoadStage& earlier : context.spec.loads) {
    taken = taken || std::any_of(earlier.models.begin(), earlier.models.end(), same);
  }
  if (taken) {
    context.reader.fault(node, "two loaded models are called '" + model->name +
                                   "'; give one another name, as in '{path: ..., name: ...}'");
    return;
  }
  load.models.push_back(std::move(*model));
}

void parse_results(StageContext& context, const YAML::Node& node) {
  auto results = context.reader.existing_file(node, "'results'");
  if (!results) return;
  if (is_folder(results->path)) {
    for (std::string* text : {&results->record, &results->shown}) *text += "/results.json";
    results->path /= "results.json";
    if (!is_there(results->path)) {
      context.reader.fault(node, "'results': there is no " + results->path.string());
      return;
    }
  }
  if (context.spec.earlier_results) {
    context.reader.fault(node, "a second 'results'; a pipeline can load one earlier run");
    return;
  }
  context.spec.earlier_results = *results;
}

}  // namespace

void parse_load(StageContext& context, const YAML::Node& stage, const YAML::Node& settings) {
  YamlReader& reader = context.reader;
  const auto fields = reader.map(settings, grammar::load(), "'load'");
  if (!fields) return;
  LoadStage load;
  load.place = reader.place(stage);
  if (!fields->has("model") && !fields->has("models") && !fields->has("dataset") && !fields->has("results")) {
    reader.fault(stage, "'load' has nothing to load: it needs 'model', 'models', 'dataset' or 'results'");
  }
  context.names_model = context.names_model || fields->has("model") || fields->has("models");
  context.names_dataset = context.names_dataset || fields->has("dataset");
  context.names_results = context.names_results || fields->has("results");
  if (const auto model = fields->find("model")) {
    if (model->IsSequence()) {
      reader.fault(*model, "'model' is one model; write 'models' for a list");
    } else {
      add_model(context, load, *model);
    }
  }
  if (const auto models = fields->find("models")) {
    for (const YAML::Node& node : reader.list(*models, "'models'").value_or(std::vector<YAML::Node>{})) {
      add_model(context, load, node);
    }
  }
  if (const auto dataset = fields->find("dataset")) load.dataset = add_dataset(context, *dataset);
  if (const auto results = fields->find("results")) parse_results(context, *results);
  context.spec.loads.push_back(std::move(load));
}

}  // namespace goldilocks::pipeline
