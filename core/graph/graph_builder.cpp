// The C structs of the interface, each kept beside the C++ object that owns what it points to.
#include "core/graph/graph_builder.hpp"

#include <algorithm>
#include <utility>

#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::lowering {

struct GraphBuilder::Value {
  std::string name;
  Dims dims;
  std::vector<float> content;
  glk_value view{};
};

struct GraphBuilder::Operation {
  std::string type;
  std::string layer;
  std::vector<std::uint32_t> inputs, outputs;
  Attributes attributes;
  std::vector<glk_attribute> attribute_views;
  std::vector<const glk_attribute*> attribute_list;
  Subgraphs subgraphs;
  std::vector<const glk_graph*> subgraph_list;
  glk_operation view{};

  void refresh();
};

namespace {

glk_attribute view_of(const Attribute& attribute) {
  glk_attribute view{};
  view.struct_size = sizeof view;
  view.name = attribute.name.c_str();
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    view.type = GLK_ATTRIBUTE_INTEGER;
    view.integer = *integer;
  } else if (const auto* number = std::get_if<double>(&attribute.value)) {
    view.type = GLK_ATTRIBUTE_NUMBER;
    view.number = *number;
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    view.type = GLK_ATTRIBUTE_STRING;
    view.string = text->c_str();
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value)) {
    view.type = GLK_ATTRIBUTE_INTEGERS;
    view.integers = integers->data();
    view.count = integers->size();
  } else if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.value)) {
    view.type = GLK_ATTRIBUTE_NUMBERS;
    view.numbers = numbers->data();
    view.count = numbers->size();
  }
  return view;
}

}  // namespace

void GraphBuilder::Operation::refresh() {
  attribute_views.clear();
  for (const Attribute& attribute : attributes) attribute_views.push_back(view_of(attribute));
  attribute_list.clear();
  for (const glk_attribute& attribute : attribute_views) attribute_list.push_back(&attribute);
  view = {};
  view.struct_size = sizeof view;
  view.type = type.c_str();
  view.layer = layer.c_str();
  view.inputs = inputs.data();
  view.input_count = inputs.size();
  view.outputs = outputs.data();
  view.output_count = outputs.size();
  view.attributes = attribute_list.data();
  view.attribute_count = attribute_list.size();
  subgraph_list.clear();
  for (const auto& subgraph : subgraphs) subgraph_list.push_back(&subgraph->graph());
  view.subgraphs = subgraph_list.data();
  view.subgraph_count = subgraph_list.size();
}

GraphBuilder::GraphBuilder() = default;
GraphBuilder::~GraphBuilder() = default;

std::string GraphBuilder::derived_name(const std::string& wish) {
  std::string name = wish;
  for (int number = 2; !names_.insert(name).second; ++number) name = wish + "#" + std::to_string(number);
  return name;
}

std::uint32_t GraphBuilder::add_value(const std::string& name, Dims dims, std::vector<float> content) {
  Value& value = values_.emplace_back();
  value.name = name;
  value.dims = std::move(dims);
  value.content = std::move(content);
  value.view.struct_size = sizeof value.view;
  value.view.type = GLK_FLOAT32;
  value.view.name = value.name.c_str();
  value.view.rank = value.dims.size();
  value.view.dims = value.dims.data();
  value.view.data = value.content.empty() ? nullptr : value.content.data();
  value_list_.push_back(&value.view);
  return static_cast<std::uint32_t>(values_.size() - 1);
}

std::uint32_t GraphBuilder::add_input(const std::string& name, Dims dims) {
  if (!graph::is_open(dims) && graph::element_count(dims) == 0) {
    throw graph::GraphError("input '" + name + "' would be empty: " + graph::to_text(dims));
  }
  inputs_.push_back(add_value(name, std::move(dims), {}));
  return inputs_.back();
}

std::uint32_t GraphBuilder::add_constant(const std::string& name, Dims dims, std::vector<float> values) {
  if (values.empty() || static_cast<std::int64_t>(values.size()) != graph::element_count(dims)) {
    throw graph::GraphError("'" + name + "' has " + std::to_string(values.size()) + " values; its shape " +
                            graph::to_text(dims) + " needs another number");
  }
  return add_value(name, std::move(dims), std::move(values));
}

GraphBuilder::Operation& GraphBuilder::append(const std::string& type, const std::string& layer,
                                              std::vector<std::uint32_t> inputs, Attributes attributes,
                                              std::size_t outputs, Subgraphs subgraphs) {
  Operation& operation = operations_.emplace_back();
  operation.type = type;
  operation.layer = layer;
  operation.inputs = std::move(inputs);
  operation.attributes = std::move(attributes);
  operation.outputs.resize(outputs);
  operation.subgraphs = std::move(subgraphs);
  operation.refresh();
  return operation;
}

std::vector<std::uint32_t> GraphBuilder::add_operation(const std::string& type, const std::string& layer,
                                                       std::vector<std::uint32_t> inputs, Attributes attributes,
                                                       const std::vector<std::string>& names) {
  return add_control_flow(type, layer, std::move(inputs), std::move(attributes), names, {});
}

std::vector<std::uint32_t> GraphBuilder::add_custom_operation(const std::string& type, const std::string& layer,
                                                              std::vector<std::uint32_t> inputs, Attributes attributes,
                                                              const std::vector<std::string>& names,
                                                              const std::vector<Dims>& shapes) {
  for (const Dims& dims : shapes) {
    if (!graph::is_open(dims)) graph::element_count(dims);  // refuses what is too large
  }
  Operation& operation = append(type, layer, std::move(inputs), std::move(attributes), names.size(), {});
  for (std::size_t index = 0; index < names.size(); ++index) {
    operation.outputs[index] = add_value(names[index], shapes[index], {});
  }
  operation_list_.push_back(&operation.view);
  return operation.outputs;
}

std::vector<std::uint32_t> GraphBuilder::add_control_flow(const std::string& type, const std::string& layer,
                                                          std::vector<std::uint32_t> inputs, Attributes attributes,
                                                          const std::vector<std::string>& names, Subgraphs subgraphs) {
  Operation& operation =
      append(type, layer, std::move(inputs), std::move(attributes), names.size(), std::move(subgraphs));
  try {
    std::vector<std::uint32_t> folded;
    if (fold(operation, names, folded)) {
      operations_.pop_back();
      return folded;
    }
    std::vector<Dims> results = infer(operation);
    for (std::size_t index = 0; index < names.size(); ++index) {
      operation.outputs[index] = add_value(names[index], std::move(results[index]), {});
    }
  } catch (...) {
    operations_.pop_back();
    throw;
  }
  operation_list_.push_back(&operation.view);
  return operation.outputs;
}

std::vector<Dims> GraphBuilder::infer_control_flow(const std::string& type, const std::string& layer,
                                                   std::vector<std::uint32_t> inputs, Attributes attributes,
                                                   std::size_t outputs, Subgraphs& subgraphs) {
  Operation& operation =
      append(type, layer, std::move(inputs), std::move(attributes), outputs, std::exchange(subgraphs, {}));
  const auto take_back = [&] {
    subgraphs = std::move(operation.subgraphs);
    operations_.pop_back();
  };
  try {
    std::vector<Dims> shapes = infer(operation);
    take_back();
    return shapes;
  } catch (...) {
    take_back();
    throw;
  }
}

std::vector<Dims> GraphBuilder::infer(const Operation& operation) const {
  std::vector<Dims> shapes;
  for (const std::uint32_t input : operation.inputs) {
    shapes.push_back(input == GLK_NO_VALUE ? Dims() : values_.at(input).dims);
  }
  return graph::infer_shapes(graph::OperationView(operation.view), shapes);
}

// Computes an operation whose inputs are constants, if its outputs are small. Random numbers are drawn at run time.
bool GraphBuilder::fold(const Operation& operation, const std::vector<std::string>& names,
                        std::vector<std::uint32_t>& outputs) {
  constexpr std::int64_t largest = 4096;
  const graph::OperationView view(operation.view);
  const graph::Kernel* kernel = graph::find_kernel(operation.type);
  if (kernel == nullptr || kernel->run == nullptr || kernel->run_draw != nullptr) return false;
  std::vector<graph::TensorView> inputs;
  for (const std::uint32_t input : operation.inputs) {
    if (input != GLK_NO_VALUE && content(input).empty()) return false;
    inputs.push_back(input == GLK_NO_VALUE ? graph::TensorView() : graph::TensorView{dims(input), content(input)});
  }
  if (inputs.empty()) return false;
  std::vector<Dims> shapes = graph::infer_shapes(view, inputs);
  std::vector<std::vector<float>> contents;
  std::vector<graph::MutableTensorView> results;
  for (const Dims& shape : shapes) {
    if (graph::element_count(shape) > largest) return false;
    contents.emplace_back(static_cast<std::size_t>(graph::element_count(shape)));
  }
  for (std::size_t index = 0; index < shapes.size(); ++index) results.push_back({shapes[index], contents[index]});
  kernel->run(view, inputs, results);
  for (std::size_t index = 0; index < shapes.size(); ++index) {
    outputs.push_back(add_value(names[index], shapes[index], std::move(contents[index])));
  }
  return true;
}

std::span<const float> GraphBuilder::content(std::uint32_t value) const { return values_.at(value).content; }

const Dims& GraphBuilder::dims(std::uint32_t value) const { return values_.at(value).dims; }

const std::string& GraphBuilder::name(std::uint32_t value) const { return values_.at(value).name; }

const glk_graph& GraphBuilder::graph() {
  graph_ = {};
  graph_.struct_size = sizeof graph_;
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
