#include <algorithm>

#include <fmt/format.h>

#include "core/pipeline/plan/plan.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::size_t shown_key_digits = 12;

}  // namespace

std::string describe_plan(const PipelineSpec& spec, const Plan& plan, const store::Store& store) {
  std::size_t width = 4;
  for (const Task& task : plan.tasks) width = std::max(width, task.id.size());
  std::string text = fmt::format("{:<7}  {:<{}}  {}\n", "state", "task", width, "key");
  std::size_t there = 0;
  for (const Task& task : plan.tasks) {
    const bool found = store.contains(task.key);
    there += found ? 1 : 0;
    text += fmt::format("{:<7}  {:<{}}  {}\n", found ? "there" : "to do", task.id, width,
                        task.key.substr(0, shown_key_digits));
  }
  text += fmt::format("\n{} tasks: {} to do, {} in the store already; {} models, {} reports\n", plan.tasks.size(),
                      plan.tasks.size() - there, there, spec.variants.size(), spec.reports.size());
  if (spec.prove) text += fmt::format("then the chosen variant and its baseline on the part '{}'\n", spec.prove->part);
  for (const std::string& notice : plan.notices) text += "note: " + notice + "\n";
  return text;
}

}  // namespace goldilocks::pipeline
