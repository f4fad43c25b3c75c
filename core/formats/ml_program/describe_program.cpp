#include "core/formats/ml_program/describe_program.hpp"

#include <algorithm>

#include "core/formats/coreml/describe.hpp"
#include "core/formats/ml_program/constants.hpp"

namespace goldilocks::ml_program {
namespace {

namespace spec = ::CoreML::Specification;

// The states as arrays, which can be described as inputs are.
template <class Description>
void copy_border(const Description& from, spec::ModelDescription& to) {
  *to.mutable_input() = from.input();
  *to.mutable_output() = from.output();
  for (const spec::FeatureDescription& state : from.state()) {
    spec::FeatureDescription& array = *to.add_state();
    array.set_name(state.name());
    array.set_shortdescription(state.shortdescription());
    array.mutable_type()->set_isoptional(true);
    *array.mutable_type()->mutable_multiarraytype() = state.type().statetype().arraytype();
  }
  to.set_predictedfeaturename(from.predictedfeaturename());
  to.set_predictedprobabilitiesname(from.predictedprobabilitiesname());
}

bool names(const std::vector<runtime::Feature>& features, const std::string& name) {
  return !name.empty() && std::ranges::find(features, name, &runtime::Feature::name) != features.end();
}

}  // namespace

formats::Description describe_function(const spec::Model& model, const std::string& function) {
  spec::Model border;
  spec::ModelDescription& description = *border.mutable_description();
  const auto& functions = model.description().functions();
  const std::string& chosen = function.empty() ? model.description().defaultfunctionname() : function;
  const auto found = std::ranges::find(functions, chosen, &spec::FunctionDescription::name);
  if (found == functions.end()) {
    copy_border(model.description(), description);
  } else {
    copy_border(*found, description);
  }
  *description.mutable_metadata() = model.description().metadata();
  formats::Description result = formats::describe(border);
  spec::Model states;
  *states.mutable_description()->mutable_input() = description.state();
  result.state_features = formats::describe(states).inputs;
  for (const runtime::Feature& state : result.state_features) result.states.push_back({state.name, state.name});
  if (names(result.outputs, description.predictedfeaturename())) {
    result.label_output = description.predictedfeaturename();
  }
  if (names(result.outputs, description.predictedprobabilitiesname())) {
    result.probabilities_output = description.predictedprobabilitiesname();
  }
  return result;
}

std::vector<std::string> function_names(const spec::Model& model) {
  std::vector<std::string> all;
  for (const spec::FunctionDescription& function : model.description().functions()) all.push_back(function.name());
  const auto first = std::ranges::find(all, model.description().defaultfunctionname());
  if (first != all.end()) std::rotate(all.begin(), first, first + 1);
  return all;
}

std::string default_function(const spec::Model& model) {
  if (!model.description().defaultfunctionname().empty()) return model.description().defaultfunctionname();
  const std::vector<std::string> described = function_names(model);
  if (!described.empty()) return described.front();
  const auto& functions = model.mlprogram().functions();
  return functions.size() == 1 ? functions.begin()->first : "main";
}

std::vector<std::string> texts_of(const Value& labels) {
  std::vector<std::string> texts;
  const auto add = [&](const Value& value) {
    if (value.type.is_tensor() && value.strings.empty()) {
      for (std::size_t i = 0; i < element_count(value); ++i) texts.push_back(std::to_string(integer_at(value, i)));
    }
    for (const std::string_view text : value.strings) texts.emplace_back(text);
  };
  if (labels.items.empty()) add(labels);
  for (const Value& item : labels.items) add(item);
  return texts;
}

std::vector<std::string> labels_of(const Program& program, const std::string& function) {
  const Function* found = program.function(function);
  const Block* body = found == nullptr ? nullptr : found->body();
  if (body == nullptr) return {};
  const auto classify = std::ranges::find(body->operations, "classify", &Operation::type);
  const Argument* classes = classify == body->operations.end() ? nullptr : find_argument(*classify, "classes");
  if (classes == nullptr || classes->bindings.empty()) return {};
  const Binding& binding = classes->bindings.front();
  if (binding.value != nullptr) return texts_of(*binding.value);
  const Constants constants(*body);
  const ConstantSource* source = constants.find(binding.name);
  const Attribute* content = source == nullptr ? nullptr : find_attribute(*source->operation, "val");
  return content == nullptr || content->value == nullptr ? std::vector<std::string>() : texts_of(*content->value);
}

}  // namespace goldilocks::ml_program
