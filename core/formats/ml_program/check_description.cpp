#include "core/formats/ml_program/check_description.hpp"

#include <algorithm>
#include <set>

#include "core/formats/coreml/validate.hpp"
#include "core/formats/ml_program/check_feature.hpp"

namespace goldilocks::ml_program {
namespace {

constexpr std::string_view description_rule = "program.description";

using Features = google::protobuf::RepeatedPtrField<spec::FeatureDescription>;

// What one function says of itself: the top level of a description, or one of its functions.
struct FunctionFeatures {
  std::string_view name;
  const Features* inputs;
  const Features* outputs;
  const Features* states;
  std::string_view predicted_feature;
  std::string_view predicted_probabilities;
};

// Functions have the same members as the description itself.
template <class Message>
FunctionFeatures features_of(std::string_view name, const Message& message) {
  return {name,
          &message.input(),
          &message.output(),
          &message.state(),
          message.predictedfeaturename(),
          message.predictedprobabilitiesname()};
}

const NamedType* find(const std::vector<NamedType>& values, std::string_view name) {
  const auto found = std::ranges::find(values, name, &NamedType::name);
  return found == values.end() ? nullptr : &*found;
}

// What the rules of features and versions say of a function whose features stand at the top.
void check_by_themselves(const spec::Model& model, const FunctionFeatures& function, const Report& report) {
  spec::Model shell;
  shell.set_specificationversion(model.specificationversion());
  shell.mutable_mlprogram();
  *shell.mutable_description()->mutable_input() = *function.inputs;
  *shell.mutable_description()->mutable_output() = *function.outputs;
  *shell.mutable_description()->mutable_state() = *function.states;
  for (const model::Violation& violation : model::validate(shell)) {
    report.add_text(violation.rule,
                    violation.place.empty() ? violation.problem : violation.place + ": " + violation.problem);
  }
}

void check_names(const Features& features, const char* kind, const Report& report) {
  std::set<std::string_view> names;
  for (const spec::FeatureDescription& feature : features) {
    report.require(names.insert(feature.name()).second, description_rule, "two {}s are named '{}'", kind,
                   feature.name());
  }
}

// Each feature has a value of its name, each value a feature.
void check_pairs(const Features& features, const std::vector<NamedType>& values, bool is_input, const Report& report) {
  const char* kind = is_input ? "input" : "output";
  for (const spec::FeatureDescription& feature : features) {
    const NamedType* value = find(values, feature.name());
    if (!report.require(value != nullptr, description_rule, "the program has no {} '{}'", kind, feature.name()))
      continue;
    if (value->type.kind == Type::Kind::none) continue;
    const std::string problem = mismatch(feature.type(), value->type);
    report.require(problem.empty(), description_rule, "{} '{}': {}", kind, feature.name(), problem);
  }
}

void require_described(const std::vector<NamedType>& values, const std::set<std::string_view>& described,
                       const char* kind, const Report& report) {
  std::set<std::string_view> reported;
  for (const NamedType& value : values) {
    if (described.contains(value.name) || !reported.insert(value.name).second) continue;
    report.add(description_rule, "the program's {} '{}' isn't described", kind, value.name);
  }
}

std::set<std::string_view> names_of(const Features& features) {
  std::set<std::string_view> names;
  for (const spec::FeatureDescription& feature : features) names.insert(feature.name());
  return names;
}

void check_classifier(const FunctionFeatures& function, const Report& report) {
  const auto output = [&](std::string_view name) -> const spec::FeatureType* {
    const auto found =
        std::ranges::find(*function.outputs, name, [](const auto& f) -> std::string_view { return f.name(); });
    return found == function.outputs->end() ? nullptr : &found->type();
  };
  if (!function.predicted_feature.empty()) {
    const spec::FeatureType* type = output(function.predicted_feature);
    report.require(type != nullptr && (type->has_stringtype() || type->has_int64type()), description_rule,
                   "the predicted feature '{}' is no output of type string or int64", function.predicted_feature);
  }
  if (!function.predicted_probabilities.empty()) {
    const spec::FeatureType* type = output(function.predicted_probabilities);
    report.require(type != nullptr && type->has_dictionarytype(), description_rule,
                   "the predicted probabilities '{}' are no output of type dictionary",
                   function.predicted_probabilities);
  }
}

void check_described_function(const spec::Model& model, const FunctionFeatures& function,
                              const std::vector<FunctionSignature>& signatures, const Report& report) {
  check_by_themselves(model, function, report);
  check_names(*function.inputs, "input", report);
  check_names(*function.outputs, "output", report);
  check_names(*function.states, "state", report);
  const bool all_optional = !function.inputs->empty() && std::ranges::all_of(*function.inputs, [](const auto& feature) {
    return feature.type().isoptional();
  });
  report.require(!all_optional, description_rule, "every input is optional");
  check_classifier(function, report);

  const auto signature = std::ranges::find(signatures, function.name, &FunctionSignature::name);
  if (!report.require(signature != signatures.end(), description_rule, "the program has no function '{}'",
                      function.name))
    return;
  check_pairs(*function.inputs, signature->inputs, true, report);
  check_pairs(*function.states, signature->inputs, true, report);
  std::set<std::string_view> described = names_of(*function.inputs);
  for (const std::string_view name : names_of(*function.states)) {
    report.require(described.insert(name).second, description_rule, "'{}' is an input and a state", name);
  }
  require_described(signature->inputs, described, "input", report);
  check_pairs(*function.outputs, signature->outputs, false, report);
  require_described(signature->outputs, names_of(*function.outputs), "output", report);
}

void check_functions(const spec::Model& model, const std::vector<FunctionSignature>& signatures, Report& report) {
  const spec::ModelDescription& description = model.description();
  report.require(description.input().empty() && description.output().empty() && description.state().empty() &&
                     description.traininginput().empty() && description.predictedfeaturename().empty() &&
                     description.predictedprobabilitiesname().empty(),
                 description_rule, "with functions, inputs, outputs and states belong to these");
  std::set<std::string_view> names;
  for (const spec::FunctionDescription& function : description.functions()) {
    const auto place = report.in("described function", function.name());
    report.require(names.insert(function.name()).second, description_rule, "the function is described twice");
    check_described_function(model, features_of(function.name(), function), signatures, report);
  }
  report.require(names.contains(description.defaultfunctionname()), description_rule,
                 "the default function '{}' is none of the functions that are described",
                 description.defaultfunctionname());
}

}  // namespace

void check_description(const spec::Model& model, const std::vector<FunctionSignature>& signatures, Report& report) {
  const auto place = report.in("description", {});
  report.require(!model.isupdatable(), description_rule, "a program can't be updatable");
  const spec::ModelDescription& description = model.description();
  if (description.functions().empty()) {
    report.require(description.defaultfunctionname().empty() || model.specificationversion() >= 9, description_rule,
                   "a default function needs specification version 9, the model says {}", model.specificationversion());
    check_described_function(model, features_of("main", description), signatures, report);
    return;
  }
  report.require(model.specificationversion() >= 9, description_rule,
                 "functions need specification version 9, the model says {}", model.specificationversion());
  check_functions(model, signatures, report);
}

}  // namespace goldilocks::ml_program
