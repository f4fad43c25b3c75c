#include "core/pipeline/tasks/task_context.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/data/pack_dataset.hpp"
#include "core/data/split.hpp"
#include "core/pipeline/plan/planned_datasets.hpp"
#include "core/pipeline/plan/task_settings.hpp"
#include "core/pipeline/tasks/adopt.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/store/verified_content.hpp"

namespace goldilocks::pipeline {
namespace {

template <class Messages, class IsIt>
const auto& find(const Messages& messages, const std::string& what, const IsIt& is_it) {
  const auto found = std::find_if(messages.begin(), messages.end(), is_it);
  if (found == messages.end()) throw Error(ExitCode::internal, "the plan has no " + what);
  return *found;
}

data::Dataset open(const goldilocks::PlannedDataset& planned, store::Store& store, ThreadPool& pool) {
  if (const auto adopted = store.find(adopted_key("dataset", planned.fingerprint()))) {
    return data::open_packed_dataset(adopted->file);
  }
  const DatasetUse use = dataset_use_of(planned);
  data::Dataset dataset = open_dataset(use);
  if (!planned.part().empty()) dataset = data::take_part(dataset, use.split.value(), planned.part());
  if (data::fingerprint(dataset, pool) != planned.fingerprint()) {
    throw FileError(use.source().path, "its samples were changed since the run was planned");
  }
  return dataset;
}

}  // namespace

store::Artifact TaskContext::artifact_of(std::size_t task) const {
  auto artifact = store.find(plan.tasks[task].key);
  if (!artifact) throw FileError(store.root(), "the artifact of '" + plan.tasks[task].id + "' is not there");
  return *std::move(artifact);
}

store::Artifact TaskContext::input_of(std::size_t task, std::size_t input) const {
  return artifact_of(plan.tasks[task].inputs.at(input));
}

TaskModel TaskContext::model_of(std::size_t task, const std::string& sha256) const {
  std::string name = without_variables(message(task).model());
  if (sha256.empty()) return {input_of(task, 0).file, std::move(name)};
  const auto& model = find(plan.document.models(), "model " + sha256,
                           [&](const goldilocks::PlannedModel& planned) { return planned.sha256() == sha256; });
  const auto adopted = store.find(adopted_key("model", sha256));
  std::filesystem::path path = adopted ? adopted->file : std::filesystem::path(without_variables(model.path()));
  if (store::hash_content(path).sha256 != sha256) throw FileError(path, "it was changed during the run");
  return {std::move(path), std::move(name)};
}

goldilocks::PluginSettings TaskContext::located(const goldilocks::PluginSettings& settings) const {
  goldilocks::PluginSettings located = settings;
  for (const auto& [option, content] : settings.contents()) {
    const auto adopted = store.find(adopted_key("file", content));
    if (adopted) (*located.mutable_paths())[option] = escape_variables(adopted->file.string());
  }
  return located;
}

std::shared_ptr<const data::Dataset> TaskContext::dataset_of(std::size_t task) {
  const std::string& name = message(task).dataset();
  const auto& planned = find(plan.document.datasets(), "dataset '" + name + "'",
                             [&](const goldilocks::PlannedDataset& dataset) { return dataset.name() == name; });
  const auto index = static_cast<std::size_t>(&planned - &*plan.document.datasets().begin());
  if (index < plan.datasets.size()) return plan.datasets[index].content;
  const std::scoped_lock lock(mutex_);
  auto& dataset = datasets_[name];
  if (!dataset) dataset = std::make_shared<data::Dataset>(open(planned, store, pool));
  return dataset;
}

}  // namespace goldilocks::pipeline
