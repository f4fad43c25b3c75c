#include "core/pipeline/predictions/sequence_steps.hpp"

#include <algorithm>
#include <optional>

#include "core/base/error.hpp"
#include "core/runtime/features.hpp"

namespace goldilocks::pipeline {
namespace {

std::size_t count_steps(const runtime::Values& sequence) {
  std::optional<std::int64_t> steps;
  for (const auto& [name, value] : sequence) {
    const auto* const array = std::get_if<runtime::Array>(&value);
    const bool fits = array != nullptr && !array->shape.empty() && steps.value_or(array->shape[0]) == array->shape[0];
    if (!fits) throw ModelError("input '" + name + "' has no steps of a sequence, or another number than the others");
    steps = array->shape[0];
  }
  return static_cast<std::size_t>(steps.value_or(0));
}

runtime::Value step_of(const runtime::Value& value, std::size_t step) {
  const auto& whole = std::get<runtime::Array>(value);
  const std::size_t size = whole.bytes().size() / static_cast<std::size_t>(whole.shape[0]);
  const auto bytes = whole.bytes().subspan(step * size, size);
  return runtime::Array{whole.type, {whole.shape.begin() + 1, whole.shape.end()}, {bytes.begin(), bytes.end()}};
}

}  // namespace

runtime::Values fresh_states(const runtime::Description& description) {
  runtime::Values states;
  for (const runtime::StateFeature& state : description.states) {
    const auto input = std::ranges::find(description.inputs, state.input, &runtime::Feature::name);
    if (input == description.inputs.end()) continue;
    runtime::Feature optional = *input;
    optional.optional = true;
    states[state.input] = runtime::missing_input(optional);
  }
  return states;
}

std::vector<runtime::Values> predict_steps(const runtime::Stage& stage, const runtime::Values& sequence) {
  const std::size_t steps = count_steps(sequence);
  runtime::Values states = fresh_states(stage.description());
  std::vector<runtime::Values> outputs;
  for (std::size_t step = 0; step < steps; ++step) {
    runtime::Values inputs = states;
    for (const auto& [name, value] : sequence) inputs[name] = step_of(value, step);
    outputs.push_back(stage.predict(inputs, nullptr));
    for (const runtime::StateFeature& state : stage.description().states) {
      states[state.input] = outputs.back().at(state.output);
    }
  }
  return outputs;
}

}  // namespace goldilocks::pipeline
