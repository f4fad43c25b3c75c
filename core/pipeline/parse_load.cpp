#include <algorithm>
#include <array>
#include <utility>

#include "core/base/suggest.hpp"
#include "core/pipeline/grammar.hpp"
#include "core/pipeline/parse_stages.hpp"

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
  const auto file = reader.existing_file(path, "a model");
  if (!file) return std::nullopt;
  if (std::filesystem::is_directory(file->path)) {
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

bool is_same(const DatasetUse& a, const DatasetUse& b) {
  const auto labels = [](const DatasetUse& use) { return use.labels ? use.labels->path : std::filesystem::path(); };
  return a.images.path == b.images.path && labels(a) == labels(b) && a.preparation.fit == b.preparation.fit &&
         a.preparation.filter == b.preparation.filter;
}

// A folder of images, or a packed file with its labels.
bool check_files(YamlReader& reader, const Fields& fields, const DatasetUse& dataset) {
  const YAML::Node images = *fields.find("images");
  const bool folder = std::filesystem::is_directory(dataset.images.path);
  if (folder && dataset.labels) {
    reader.fault(*fields.find("labels"),
                 "'labels' belong to a .npy file of images; in a folder, each class has its own");
    return false;
  }
  if (!folder && dataset.images.path.extension() != ".npy") {
    reader.fault(images, "'images' must be a folder with one folder per class, or a .npy file");
    return false;
  }
  if (!folder && !dataset.labels) {
    reader.fault(images, "images in a .npy file need 'labels': another .npy file");
    return false;
  }
  return true;
}

std::optional<DatasetUse> parse_dataset(YamlReader& reader, const YAML::Node& node) {
  const auto fields = reader.map(node, grammar::dataset(), "a dataset");
  if (!fields) return std::nullopt;
  DatasetUse dataset;
  dataset.place = reader.place(node);
  bool complete = true;
  if (const auto images = reader.existing_file(*fields->find("images"), "'images'")) {
    dataset.images = *images;
  } else {
    complete = false;
  }
  if (const auto labels = fields->find("labels")) {
    dataset.labels = reader.existing_file(*labels, "'labels'");
    complete = complete && dataset.labels;
  }
  if (const auto crop = fields->find("crop")) {
    static constexpr std::array fits = {data::Fit::center_crop, data::Fit::scale_fit, data::Fit::scale_fill};
    const auto choice = reader.choice(*crop, "'crop'", crop_names());
    if (choice) dataset.preparation.fit = fits.at(*choice % fits.size());
    complete = complete && choice;
  }
  if (const auto filter = fields->find("filter")) {
    static constexpr std::array filters = {data::Filter::nearest, data::Filter::bilinear, data::Filter::area,
                                           data::Filter::bicubic, data::Filter::lanczos};
    const auto choice = reader.choice(*filter, "'filter'", filter_names());
    if (choice) dataset.preparation.filter = filters.at(*choice);
    complete = complete && choice;
  }
  if (const auto name = fields->find("name")) {
    const auto text = reader.name(*name, "the dataset's name");
    if (text) dataset.name = *text;
    complete = complete && text;
  }
  if (!complete || !check_files(reader, *fields, dataset)) return std::nullopt;
  if (dataset.name.empty()) {
    dataset.name = dataset.packed() ? dataset.images.path.stem().string() : dataset.images.path.filename().string();
  }
  return dataset;
}

// The same images, prepared in the same way, are one dataset however often they are named.
std::optional<std::size_t> add_dataset(StageContext& context, const YAML::Node& node) {
  auto dataset = parse_dataset(context.reader, node);
  if (!dataset) return std::nullopt;
  auto& all = context.spec.datasets;
  const auto same = std::find_if(all.begin(), all.end(), [&](const auto& other) { return is_same(other, *dataset); });
  if (same != all.end()) return static_cast<std::size_t>(same - all.begin());
  const std::string wanted = dataset->name;
  const auto taken = [&] {
    return std::any_of(all.begin(), all.end(), [&](const auto& other) { return other.name == dataset->name; });
  };
  for (int number = 2; taken(); ++number) dataset->name = wanted + "_" + std::to_string(number);
  all.push_back(std::move(*dataset));
  return all.size() - 1;
}

void parse_results(StageContext& context, const YAML::Node& node) {
  auto results = context.reader.existing_file(node, "'results'");
  if (!results) return;
  if (std::filesystem::is_directory(results->path)) {
    for (std::string* text : {&results->record, &results->shown}) *text += "/results.json";
    results->path /= "results.json";
    if (!std::filesystem::exists(results->path)) {
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
