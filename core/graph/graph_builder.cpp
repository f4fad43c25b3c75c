// The C structs of the interface, each kept beside the C++ object that owns what it points to.
#include "core/graph/graph_builder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::lowering {

struct GraphBuilder::Value {
  std::string name;
  Dims dims;
  std::shared_ptr<const void> owner;  // of a constant's elements
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

std::uint32_t GraphBuilder::add_value(const std::string& name, std::int32_t type, Dims dims, const void* data,
                                      std::shared_ptr<const void> owner) {
  Value& value = values_.emplace_back();
  value.name = name;
  value.dims = std::move(dims);
  value.owner = std::move(owner);
  value.view.struct_size = sizeof value.view;
  value.view.type = type;
  value.view.name = value.name.c_str();
  value.view.rank = value.dims.size();
  value.view.dims = value.dims.data();
  value.view.data = data;
  value_list_.push_back(&value.view);
  return static_cast<std::uint32_t>(values_.size() - 1);
}

std::uint32_t GraphBuilder::add_input(const std::string& name, Dims dims, std::int32_t type) {
  if (!graph::is_open(dims) && graph::element_count(dims) == 0) {
    throw graph::GraphError("input '" + name + "' would be empty: " + graph::to_text(dims));
  }
  inputs_.push_back(add_value(name, type, std::move(dims)));
  return inputs_.back();
}

std::uint32_t GraphBuilder::add_constant(const std::string& name, Dims dims, std::vector<float> values) {
  if (values.empty() || static_cast<std::int64_t>(values.size()) != graph::element_count(dims)) {
    throw graph::GraphError("'" + name + "' has " + std::to_string(values.size()) + " values; its shape " +
                            graph::to_text(dims) + " needs another number");
  }
  const auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  return add_value(name, GLK_FLOAT32, std::move(dims), owner->data(), owner);
}

std::uint32_t GraphBuilder::add_constant(const std::string& name, graph::OwnedTensor tensor) {
  const auto owner = std::make_shared<const graph::OwnedTensor>(std::move(tensor));
  return add_value(name, owner->type, owner->dims, owner->memory.data(), owner);
}

std::uint32_t GraphBuilder::add_constant(const std::string& name, const graph::TensorView& tensor,
                                         std::shared_ptr<const void> owner) {
  return add_value(name, tensor.type, Dims(tensor.dims.begin(), tensor.dims.end()), tensor.bytes(), std::move(owner));
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
                                                       const std::vector<std::string>& names,
                                                       const std::vector<std::int32_t>& types) {
  return add_control_flow(type, layer, std::move(inputs), std::move(attributes), names, {}, types);
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
    operation.outputs[index] = add_value(names[index], GLK_FLOAT32, shapes[index]);
  }
  operation_list_.push_back(&operation.view);
  return operation.outputs;
}

std::vector<std::uint32_t> GraphBuilder::add_control_flow(const std::string& type, const std::string& layer,
                                                          std::vector<std::uint32_t> inputs, Attributes attributes,
                                                          const std::vector<std::string>& names, Subgraphs subgraphs,
                                                          const std::vector<std::int32_t>& given_types) {
  std::vector<std::int32_t> types = given_types;
  types.resize(names.size(), GLK_FLOAT32);
  Operation& operation =
      append(type, layer, std::move(inputs), std::move(attributes), names.size(), std::move(subgraphs));
  try {
    std::vector<std::uint32_t> folded;
    if (fold(operation, names, types, folded)) {
      operations_.pop_back();
      return folded;
    }
    std::vector<Dims> results = infer(operation);
    for (std::size_t index = 0; index < names.size(); ++index) {
      operation.outputs[index] = add_value(names[index], types[index], std::move(results[index]));
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
  const graph::OperationView view(operation.view);
  std::vector<Dims> results = graph::infer_shapes(view, shapes);
  const graph::Kernel* kernel = graph::find_kernel(operation.type);
  if (kernel->shapes_from_values == nullptr || std::ranges::none_of(results, graph::is_open)) return results;
  // Sizes that follow from constants are known.
  std::vector<graph::TensorView> tensors;
  for (std::size_t index = 0; index < shapes.size(); ++index) {
    const std::uint32_t input = operation.inputs[index];
    const bool read = index >= 64 || (kernel->shape_inputs >> index & 1U) != 0;
    if (input != GLK_NO_VALUE && (graph::is_open(shapes[index]) || (read && !is_constant(input)))) return results;
    tensors.push_back(input == GLK_NO_VALUE ? graph::TensorView() : tensor(input));
  }
  return graph::infer_shapes(view, tensors);
}

namespace {

// How many elements an operation on constants may give for its outputs to become constants: a few; and of what takes
// little time for each element, as many as it reads.
std::int64_t most_folded(std::string_view type, std::span<const graph::TensorView> inputs) {
  constexpr std::int64_t few = 4096;
  constexpr std::int64_t most = std::int64_t{1} << 26;
  constexpr std::array<std::string_view, 9> slow = {
      "convolution",   "convolution_3d", "deconvolution", "deconvolution_3d", "gru",
      "inner_product", "lstm",           "matmul",        "simple_recurrent"};
  if (std::ranges::find(slow, type) != slow.end()) return few;
  std::int64_t read = 0;
  for (const graph::TensorView& input : inputs) {
    if (input.present()) read += graph::element_count(input.dims);
  }
  return std::clamp(read, few, most);
}

}  // namespace

// Computes an operation whose inputs are constants. Random numbers are drawn at run time.
bool GraphBuilder::fold(const Operation& operation, const std::vector<std::string>& names,
                        const std::vector<std::int32_t>& types, std::vector<std::uint32_t>& outputs) {
  const graph::OperationView view(operation.view);
  const graph::Kernel* kernel = graph::find_kernel(operation.type);
  if (kernel == nullptr || kernel->run == nullptr || kernel->run_draw != nullptr) return false;
  const bool reads_shape = operation.type == "shape" && !operation.inputs.empty() &&
                           operation.inputs[0] != GLK_NO_VALUE && !graph::is_open(dims(operation.inputs[0]));
  std::vector<graph::TensorView> inputs;
  graph::ElementTypes element_types{{}, types};
  for (const std::uint32_t input : operation.inputs) {
    if (input != GLK_NO_VALUE && !is_constant(input) && !reads_shape) return false;
    inputs.push_back(input == GLK_NO_VALUE ? graph::TensorView() : tensor(input));
    element_types.inputs.push_back(input == GLK_NO_VALUE ? 0 : type(input));
  }
  if (inputs.empty()) return false;
  const std::vector<Dims> shapes = graph::infer_shapes(view, inputs);
  const std::int64_t most = most_folded(operation.type, inputs);
  std::vector<graph::OwnedTensor> results;
  std::vector<graph::MutableTensorView> views;
  results.reserve(shapes.size());
  for (std::size_t index = 0; index < shapes.size(); ++index) {
    if (graph::element_count(shapes[index]) > most) return false;
    results.push_back(graph::OwnedTensor::zeros(types[index], shapes[index]));
    views.push_back(results.back().mutable_view());
  }
  graph::kernel_step(view, element_types)(inputs, views);
  for (std::size_t index = 0; index < shapes.size(); ++index) {
    outputs.push_back(add_constant(names[index], std::move(results[index])));
  }
  return true;
}

bool GraphBuilder::is_constant(std::uint32_t value) const { return values_.at(value).view.data != nullptr; }

std::int32_t GraphBuilder::type(std::uint32_t value) const { return values_.at(value).view.type; }

graph::TensorView GraphBuilder::tensor(std::uint32_t value) const {
  const Value& stored = values_.at(value);
  if (stored.view.data == nullptr) return {stored.dims, {}, stored.view.type, nullptr};
  return graph::view_of(stored.view.type, stored.dims, stored.view.data);
}

std::span<const float> GraphBuilder::content(std::uint32_t value) const { return tensor(value).values; }

const Dims& GraphBuilder::dims(std::uint32_t value) const { return values_.at(value).dims; }

const std::string& GraphBuilder::name(std::uint32_t value) const { return values_.at(value).name; }

void GraphBuilder::rename(std::uint32_t value, const std::string& name) {
  Value& renamed = values_.at(value);
  renamed.name = name;
  renamed.view.name = renamed.name.c_str();
}

bool GraphBuilder::is_output(std::uint32_t value) const { return std::ranges::find(outputs_, value) != outputs_.end(); }

const GraphBuilder::Operation& GraphBuilder::owner_of(std::size_t index) const {
  const glk_operation* const view = operation_list_.at(index);
  return *std::ranges::find(operations_, view, [](const Operation& operation) { return &operation.view; });
}

const Attributes& GraphBuilder::attributes(std::size_t index) const { return owner_of(index).attributes; }

void GraphBuilder::replace_operation(std::size_t index, const std::string& type, std::vector<std::uint32_t> inputs,
                                     Attributes attributes) {
  auto& operation = const_cast<Operation&>(owner_of(index));
  Operation replacement;
  replacement.type = type;
  replacement.layer = operation.layer;
  replacement.inputs = std::move(inputs);
  replacement.attributes = std::move(attributes);
  replacement.outputs = operation.outputs;
  replacement.refresh();
  const std::vector<Dims> shapes = infer(replacement);
  for (std::size_t output = 0; output < shapes.size(); ++output) {
    if (shapes[output] != dims(operation.outputs[output])) {
      graph::OperationView(replacement.view).fail("would have another shape than what it replaces");
    }
  }
  operation = std::move(replacement);
  operation.refresh();
}

std::uint32_t GraphBuilder::insert_operation(std::size_t index, const std::string& type, const std::string& layer,
                                             std::vector<std::uint32_t> inputs, Attributes attributes,
                                             const std::string& name, std::int32_t result) {
  const std::size_t end = operation_list_.size();
  const std::uint32_t output =
      add_operation(type, layer, std::move(inputs), std::move(attributes), {name}, {result})[0];
  if (operation_list_.size() > end) {
    const auto place = operation_list_.begin() + static_cast<std::ptrdiff_t>(index);
    std::rotate(place, operation_list_.end() - 1, operation_list_.end());
  }
  return output;
}

void GraphBuilder::redirect(std::uint32_t value, std::uint32_t other) {
  for (Operation& operation : operations_) {
    if (std::ranges::find(operation.inputs, value) == operation.inputs.end()) continue;
    std::ranges::replace(operation.inputs, value, other);
    operation.refresh();
  }
}

void GraphBuilder::for_each_subgraph(const std::function<void(GraphBuilder&)>& visit) {
  for (Operation& operation : operations_) {
    for (const auto& subgraph : operation.subgraphs) visit(*subgraph);
    operation.refresh();
  }
}

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
