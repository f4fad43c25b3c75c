#include <map>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/base/os/process.hpp"
#include "core/pipeline/plan/plan.hpp"

namespace goldilocks::pipeline {

std::string to_text(TaskKind kind) {
  switch (kind) {
    case TaskKind::prepare:
      return "prepare";
    case TaskKind::quantize:
      return "quantize";
    case TaskKind::sensitivity:
      return "sensitivity";
    case TaskKind::mix:
      return "mix";
    default:
      return "predict";
  }
}

TaskKind kind_of(const goldilocks::PlannedTask& task) {
  using Parameters = goldilocks::PlannedTask::ParametersCase;
  switch (task.parameters_case()) {
    case Parameters::kPrepare:
      return TaskKind::prepare;
    case Parameters::kQuantize:
      return TaskKind::quantize;
    case Parameters::kPredict:
      return TaskKind::predict;
    case Parameters::kSensitivity:
      return TaskKind::sensitivity;
    case Parameters::kMix:
      return TaskKind::mix;
    default:
      throw Error(ExitCode::internal, "the plan doesn't say what the task '" + task.id() + "' is to do");
  }
}

std::vector<Task> tasks_of(const goldilocks::Plan& document) {
  std::map<std::string, std::size_t> indexes;
  std::vector<Task> tasks;
  for (const goldilocks::PlannedTask& message : document.tasks()) {
    Task task{message.id(), kind_of(message), message.key(), {}, message.cost()};
    for (const std::string& input : message.inputs()) {
      const auto found = indexes.find(input);
      if (found == indexes.end()) {
        throw Error(ExitCode::internal, "the plan has no '" + input + "' before '" + message.id() + "'");
      }
      task.inputs.push_back(found->second);
    }
    indexes[message.id()] = tasks.size();
    tasks.push_back(std::move(task));
  }
  return tasks;
}

const std::string& program_hash() {
  static const std::string hash = sha256_of_file(os::this_program());
  return hash;
}

}  // namespace goldilocks::pipeline
