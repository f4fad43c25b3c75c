#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"

namespace goldilocks::pipeline {

// The model that a task reads.
struct TaskModel {
  std::filesystem::path path;  // of a file or a folder
  std::string name;            // for messages: the path of a loaded one, otherwise the variant's name
};

// What tasks of a plan work with: the plan, a store with what other tasks have made, plugins, threads, and what they
// read from outside. All of it must outlive the object. Any thread.
class TaskContext {
 public:
  TaskContext(const Plan& of_plan, plugins::Registry& from_registry, store::Store& in_store, ThreadPool& on_pool)
      : plan(of_plan), registry(from_registry), store(in_store), pool(on_pool) {}

  const goldilocks::PlannedTask& message(std::size_t task) const { return plan.document.tasks(static_cast<int>(task)); }

  // What the task has made. Throws FileError if it isn't in the store.
  store::Artifact artifact_of(std::size_t task) const;
  // What the input of a task with this number has made.
  store::Artifact input_of(std::size_t task, std::size_t input) const;

  // `sha256`: of a loaded model; empty if it is the task's first input. Throws FileError, also for a file that is not
  // what the plan was made with.
  TaskModel model_of(std::size_t task, const std::string& sha256) const;

  // A plugin's settings with the files of its options where they are: in the store, if they were adopted.
  goldilocks::PluginSettings located(const goldilocks::PluginSettings& settings) const;

  // The dataset that a preparing task reads: that of the plan, or opened the first time. Throws DataError and
  // FileError, also for samples that are not what the plan was made with.
  std::shared_ptr<const data::Dataset> dataset_of(std::size_t task);

  const Plan& plan;
  plugins::Registry& registry;
  store::Store& store;
  ThreadPool& pool;

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const data::Dataset>> datasets_;  // by name; guarded by mutex_
};

}  // namespace goldilocks::pipeline
