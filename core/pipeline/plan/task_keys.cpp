#include "core/pipeline/plan/task_keys.hpp"

#include <array>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "core/base/hash.hpp"
#include "core/pipeline/plan/task_settings.hpp"

namespace goldilocks::pipeline {
namespace {

using Parameters = goldilocks::PlannedTask::ParametersCase;

// Raise one when the code behind a step changes what it makes: older artifacts are then not used any more.
constexpr int prepare_revision = 3;
constexpr int quantize_revision = 4;
constexpr int predict_revision = 3;
constexpr int sensitivity_revision = 4;
constexpr int mix_revision = 3;

int revision_of(Parameters parameters) {
  switch (parameters) {
    case Parameters::kPrepare:
      return prepare_revision;
    case Parameters::kQuantize:
      return quantize_revision;
    case Parameters::kPredict:
      return predict_revision;
    case Parameters::kSensitivity:
      return sensitivity_revision;
    default:
      return mix_revision;
  }
}

void settle(goldilocks::PluginSettings& settings) {
  settings.clear_paths();
  for (auto& [name, text] : *settings.mutable_options()) text = without_variables(text);
}

void settle(goldilocks::SensitivityParameters& parameters) {
  settle(*parameters.mutable_function());
  settle(*parameters.mutable_backend());
}

void settle(goldilocks::QuantizeParameters& parameters) {
  settle(*parameters.mutable_function());
  parameters.set_description(without_variables(parameters.description()));
  for (goldilocks::WeightRule& rule : *parameters.mutable_rules()) {
    for (std::string& layer : *rule.mutable_match()->mutable_layers()) layer = without_variables(layer);
    goldilocks::RuleMatch& match = *rule.mutable_match();
    for (std::string& parameter : *match.mutable_parameters()) parameter = without_variables(parameter);
    for (std::string& function : *match.mutable_functions()) function = without_variables(function);
    for (std::string& constant : *match.mutable_constants()) constant = without_variables(constant);
    if (rule.has_function()) settle(*rule.mutable_function());
  }
}

// The parameters alone, with the values of variables and without places.
goldilocks::PlannedTask parameters_of(const goldilocks::PlannedTask& task) {
  goldilocks::PlannedTask parameters;
  if (task.has_prepare()) *parameters.mutable_prepare() = task.prepare();
  if (task.has_quantize()) *parameters.mutable_quantize() = task.quantize();
  if (task.has_predict()) *parameters.mutable_predict() = task.predict();
  if (task.has_sensitivity()) *parameters.mutable_sensitivity() = task.sensitivity();
  if (task.has_mix()) *parameters.mutable_mix() = task.mix();
  if (parameters.has_quantize()) settle(*parameters.mutable_quantize());
  if (parameters.has_predict()) settle(*parameters.mutable_predict()->mutable_backend());
  if (parameters.has_sensitivity()) settle(*parameters.mutable_sensitivity());
  if (parameters.has_mix()) {
    settle(*parameters.mutable_mix()->mutable_sensitivity());
    parameters.mutable_mix()->set_description(without_variables(parameters.mix().description()));
  }
  return parameters;
}

// The same bytes for the same content: maps are sorted by key.
std::string canonical_bytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream output(&stream);
  output.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&output);
  output.Trim();
  return bytes;
}

}  // namespace

std::string to_text(data::Fit fit) {
  static constexpr std::array names = {"center_crop", "scale_fit", "scale_fill"};
  return names.at(static_cast<std::size_t>(fit));
}

std::string to_text(data::Filter filter) {
  static constexpr std::array names = {"nearest", "bilinear", "area", "bicubic", "lanczos"};
  return names.at(static_cast<std::size_t>(filter));
}

std::string key_of(const goldilocks::PlannedTask& task, std::span<const std::string> input_keys) {
  Hasher hasher;
  hasher.add("task").add(std::int64_t{revision_of(task.parameters_case())});
  hasher.add(canonical_bytes(parameters_of(task)));
  for (const std::string& key : input_keys) hasher.add(key);
  return hasher.finish();
}

std::string tensor_key(const std::string& sensitivity, const std::string& layer, const std::string& parameter) {
  return Hasher().add("sensitivity of a tensor").add(sensitivity).add(layer).add(parameter).finish();
}

}  // namespace goldilocks::pipeline
