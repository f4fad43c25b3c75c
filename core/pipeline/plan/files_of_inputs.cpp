#include "core/pipeline/plan/files_of_inputs.hpp"

#include <string>
#include <variant>

namespace goldilocks::pipeline {
namespace {

void add_options(InputFiles& files, const PluginUse& use) {
  // A text that is no path names no file, or is one that is left alone, which does no harm.
  for (const auto& [name, value] : use.options) {
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && !text->empty()) files.add(*text);
  }
}

void add_columns(InputFiles& files, const std::vector<data::ArrayColumn>& columns) {
  for (const data::ArrayColumn& column : columns) {
    files.add(column.path);
    for (const auto& file : column.files) files.add(file);
  }
}

void add_dataset(InputFiles& files, const data::Dataset& dataset) {
  files.add(dataset.path);
  for (const data::Sample& sample : dataset.samples) {
    if (!sample.file.empty()) files.add(sample.file);
  }
  add_columns(files, dataset.inputs);
  add_columns(files, dataset.targets);
}

}  // namespace

InputFiles files_of_inputs(const PipelineSpec& spec, const Plan& plan) {
  InputFiles files;
  files.add(spec.file);
  if (spec.earlier_results) files.add(spec.earlier_results->path);
  for (const LoadStage& load : spec.loads) {
    for (const LoadedModel& model : load.models) files.add(model.file.path);
  }
  for (const DatasetUse& use : spec.datasets) {
    if (use.labels) files.add(use.labels->path);
    if (use.label_map) files.add(use.label_map->path);
  }
  for (const PlannedDataset& dataset : plan.datasets) add_dataset(files, *dataset.content);
  for (const QuantizeStage& stage : spec.quantizes) {
    for (const SweptFunction& function : stage.functions) add_options(files, function.function);
    for (const WeightRule& rule : stage.rules) {
      if (rule.function) add_options(files, *rule.function);
    }
  }
  if (spec.sensitivity) {
    add_options(files, spec.sensitivity->function.function);
    add_options(files, spec.sensitivity->backend);
  }
  if (spec.evaluate) add_options(files, spec.evaluate->backend);
  return files;
}

}  // namespace goldilocks::pipeline
