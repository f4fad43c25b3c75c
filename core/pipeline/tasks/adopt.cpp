#include "core/pipeline/tasks/adopt.hpp"

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/base/paths.hpp"
#include "core/data/pack_dataset.hpp"
#include "core/pipeline/plan/task_settings.hpp"

namespace goldilocks::pipeline {
namespace {

void adopt_files(const goldilocks::PluginSettings& settings, store::Store& store) {
  for (const auto& [option, content] : settings.contents()) {
    const std::filesystem::path path = without_variables(settings.paths().at(option));
    if (!path.empty() && is_there(path)) store.adopt(adopted_key("file", content), path, "");
  }
}

void adopt_files(const goldilocks::SensitivityParameters& parameters, store::Store& store) {
  adopt_files(parameters.function(), store);
  adopt_files(parameters.backend(), store);
}

void adopt_files(const goldilocks::PlannedTask& task, store::Store& store) {
  adopt_files(task.quantize().function(), store);
  for (const goldilocks::WeightRule& rule : task.quantize().rules()) adopt_files(rule.function(), store);
  adopt_files(task.predict().backend(), store);
  adopt_files(task.sensitivity(), store);
  adopt_files(task.mix().sensitivity(), store);
}

// The library keeps its name, by which plugins are found.
void adopt_plugin(const goldilocks::PlannedPlugin& plugin, store::Store& store) {
  const std::string key = adopted_key("plugin", plugin.sha256());
  if (store.find(key)) return;
  store::Draft draft = store.create_folder(key);
  copy_file_atomically(without_variables(plugin.path()), draft.folder() / library_name(plugin));
  draft.commit("");
}

}  // namespace

std::string adopted_key(std::string_view kind, const std::string& hash) {
  return Hasher().add("adopted").add(kind).add(hash).finish();
}

void adopt_sources(const Plan& plan, store::Store& store, ThreadPool& pool) {
  for (const goldilocks::PlannedModel& model : plan.document.models()) {
    const store::Artifact copy = store.adopt(adopted_key("model", model.sha256()), without_variables(model.path()), "");
    if (copy.sha256 != model.sha256()) throw FileError(without_variables(model.path()), "it was changed meanwhile");
  }
  for (const goldilocks::PlannedPlugin& plugin : plan.document.plugins()) adopt_plugin(plugin, store);
  for (const goldilocks::PlannedTask& task : plan.document.tasks()) adopt_files(task, store);
  for (const PlannedDataset& dataset : plan.datasets) {
    const std::string key = adopted_key("dataset", dataset.fingerprint);
    if (store.find(key)) continue;
    store::Draft draft = store.create_folder(key);
    data::pack_dataset(*dataset.content, draft.folder(), pool);
    draft.commit("");
  }
}

}  // namespace goldilocks::pipeline
