#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "core/pipeline/tasks/task_context.hpp"
#include "core/pipeline/widths/mixed_widths.hpp"

namespace goldilocks::pipeline {

// A task of the sensitivity or a mixed stage. Its inputs' artifacts are in the store.
struct WidthTask {
  TaskContext& context;
  std::size_t task;
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
