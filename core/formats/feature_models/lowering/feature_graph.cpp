#include "core/formats/feature_models/lowering/feature_graph.hpp"

#include <utility>

namespace goldilocks::lowering {
namespace {

glk_attribute attribute_value(const FeatureGraph::Attribute& attribute) {
  glk_attribute result{};
  result.struct_size = sizeof(result);
  result.name = attribute.name.c_str();
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    result.type = GLK_ATTRIBUTE_INTEGER;
    result.integer = *integer;
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    result.type = GLK_ATTRIBUTE_STRING;
    result.string = text->c_str();
  } else {
    const auto& integers = std::get<std::vector<std::int64_t>>(attribute.value);
    result.type = GLK_ATTRIBUTE_INTEGERS;
    result.integers = integers.data();
    result.count = integers.size();
  }
  return result;
}

}  // namespace

std::uint32_t FeatureGraph::add_value(const std::string& name, std::int32_t type, std::vector<std::int64_t> dims) {
  Value& value = values_.emplace_back();
  value.name = name;
  while (!names_.insert(value.name).second) value.name += "'";
  value.dims = std::move(dims);
  value.value.struct_size = sizeof(value.value);
  value.value.type = type;
  value.value.name = value.name.c_str();
  value.value.rank = value.dims.size();
  value.value.dims = value.dims.data();
  return static_cast<std::uint32_t>(values_.size() - 1);
}

std::uint32_t FeatureGraph::add_input(const std::string& name, std::int32_t type, std::size_t rank) {
  inputs_.push_back(add_value(name, type, std::vector<std::int64_t>(rank, -1)));
  return inputs_.back();
}

std::uint32_t FeatureGraph::add_constant(const std::string& name, List list, std::vector<std::int64_t> dims) {
  constexpr std::int32_t types[] = {GLK_FLOAT64, GLK_INT64, GLK_STRING};
  const std::size_t size = std::visit([](const auto& elements) { return elements.size(); }, list);
  if (dims.empty()) dims = {static_cast<std::int64_t>(size)};
  const std::uint32_t index = add_value(name, types[list.index()], std::move(dims));
  Value& value = values_[index];
  value.list = std::move(list);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value.list)) {
    for (const std::string& text : *texts) value.texts.push_back(text.c_str());
    value.value.data = value.texts.data();
  } else if (const auto* numbers = std::get_if<std::vector<double>>(&value.list)) {
    value.value.data = numbers->data();
  } else {
    value.value.data = std::get<std::vector<std::int64_t>>(value.list).data();
  }
  return index;
}

std::vector<std::uint32_t> FeatureGraph::add_operation(const std::string& type, std::vector<std::uint32_t> inputs,
                                                       std::vector<Attribute> attributes,
                                                       const std::vector<Result>& results) {
  Operation& operation = operations_.emplace_back();
  operation.type = type;
  operation.inputs = std::move(inputs);
  operation.attributes = std::move(attributes);
  for (const Result& result : results) {
    operation.outputs.push_back(add_value(result.name, result.type, std::vector<std::int64_t>(result.rank, -1)));
  }
  for (const Attribute& attribute : operation.attributes) {
    operation.attribute_values.push_back(attribute_value(attribute));
  }
  for (const glk_attribute& attribute : operation.attribute_values) operation.attribute_list.push_back(&attribute);
  operation.operation.struct_size = sizeof(operation.operation);
  operation.operation.type = operation.type.c_str();
  operation.operation.layer = "";
  operation.operation.inputs = operation.inputs.data();
  operation.operation.input_count = operation.inputs.size();
  operation.operation.outputs = operation.outputs.data();
  operation.operation.output_count = operation.outputs.size();
  operation.operation.attributes = operation.attribute_list.data();
  operation.operation.attribute_count = operation.attribute_list.size();
  return operation.outputs;
}

const glk_graph& FeatureGraph::graph() {
  value_list_.clear();
  operation_list_.clear();
  for (const Value& value : values_) value_list_.push_back(&value.value);
  for (const Operation& operation : operations_) operation_list_.push_back(&operation.operation);
  graph_.struct_size = sizeof(graph_);
  graph_.values = value_list_.data();
  graph_.value_count = value_list_.size();
  graph_.operations = operation_list_.data();
  graph_.operation_count = operation_list_.size();
  graph_.inputs = inputs_.data();
  graph_.input_count = inputs_.size();
  graph_.outputs = outputs_.data();
  graph_.output_count = outputs_.size();
  return graph_;
}

}  // namespace goldilocks::lowering
