#pragma once

#include <functional>
#include <string_view>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/widths/mixed_widths.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"

namespace goldilocks::pipeline {

// A task of the sensitivity or a mixed stage. Its inputs' artifacts are in the store.
struct WidthTask {
  const PipelineSpec& spec;
  const Plan& plan;
  const Task& task;
  plugins::Registry& registry;
  store::Store& store;
  ThreadPool& pool;
  std::function<void(double)> progress;
};

// Makes the task's artifact: the sensitivities of all tensors, or a mixed variant's file, whose notes tell the widths
// beside what became of each tensor. Each tensor's sensitivities are an artifact of their own, too, so that a task that
// is stopped goes on where it was; so are the full-precision model's predictions. Throws ModelError, PluginError,
// FileError, Interrupted.
store::Artifact run_width_task(const WidthTask& task);

// The widths that a mixed variant's notes tell of.
MixedWidths mixed_widths_of(std::string_view notes);

}  // namespace goldilocks::pipeline
