#include "core/formats/ml_program/lowering/operation_lowering.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {

OperationLowering::OperationLowering(BlockLowering& block, const Operation& operation)
    : block_(block),
      operation_(operation),
      row_(find_operation(operation.type, block.context().opset)),
      name_(name_of(operation)),
      first_own_(graph().value_count()) {}

void OperationLowering::fail(const std::string& problem) const {
  throw ModelError(fmt::format("operation '{}' ({}): {}", name_, operation_.type, problem));
}

void OperationLowering::run() {
  const LoweringRow* lowering = find_lowering(operation_.type);
  if (lowering == nullptr || row_ == nullptr) fail("can't be run");
  moves_ = lowering->moves;
  try {
    lowering->lower(*this);
  } catch (const graph::GraphError& error) {
    fail(error.problem());
  }
  if (given_ != operation_.outputs.size()) fail("has another number of results than it gives");
}

// ---- parameters

const Binding* OperationLowering::only_binding(std::string_view parameter) const {
  const Argument* argument = find_argument(operation_, parameter);
  if (argument == nullptr) return nullptr;
  if (argument->bindings.size() != 1) fail(fmt::format("{} has {} bindings", parameter, argument->bindings.size()));
  return &argument->bindings[0];
}

std::optional<Local> OperationLowering::local_of(const Binding& binding) {
  if (binding.value != nullptr) return block_.inline_constant(*binding.value);
  return block_.find(binding.name);
}

Node OperationLowering::node_of(const Binding& binding, std::string_view parameter) {
  if (binding.value == nullptr) return block_.node(binding.name);
  Local local = block_.inline_constant(*binding.value);
  return block_.node(local, fmt::format("{}/{}", name_, parameter));
}

Node OperationLowering::input_or_none(std::string_view parameter) {
  const Binding* binding = only_binding(parameter);
  return binding == nullptr ? GLK_NO_VALUE : node_of(*binding, parameter);
}

Node OperationLowering::input(std::string_view parameter) {
  const Node node = input_or_none(parameter);
  if (node == GLK_NO_VALUE) fail(fmt::format("the parameter {} is missing", parameter));
  return node;
}

Nodes OperationLowering::inputs(std::string_view parameter) {
  Nodes nodes;
  const Argument* argument = find_argument(operation_, parameter);
  if (argument == nullptr) return nodes;
  for (const Binding& binding : argument->bindings) nodes.push_back(node_of(binding, parameter));
  return nodes;
}

std::vector<std::string_view> OperationLowering::names(std::string_view parameter) const {
  std::vector<std::string_view> result;
  const Argument* argument = find_argument(operation_, parameter);
  if (argument == nullptr) return result;
  for (const Binding& binding : argument->bindings) result.push_back(binding.name);
  return result;
}

const Type& OperationLowering::type_of(std::string_view parameter) {
  const Binding* binding = only_binding(parameter);
  if (binding == nullptr) fail(fmt::format("the parameter {} is missing", parameter));
  return binding->value != nullptr ? binding->value->type : block_.find(binding->name).type;
}

const Value* OperationLowering::value(std::string_view parameter) {
  const Binding* binding = only_binding(parameter);
  if (binding == nullptr) return nullptr;
  return binding->value != nullptr ? binding->value.get() : block_.find(binding->name).value;
}

const Default* OperationLowering::fallback(std::string_view parameter) const {
  const Parameter* stated = row_->parameter(parameter);
  return stated == nullptr || stated->required ? nullptr : &stated->fallback;
}

namespace {

std::vector<double> elements_of(const graph::TensorView& tensor) {
  std::vector<double> numbers;
  graph::visit_number_type(tensor.type, [&](auto element) {
    for (const auto value : tensor.elements<decltype(element)>()) numbers.push_back(static_cast<double>(value));
  });
  return numbers;
}

}  // namespace

std::vector<double> OperationLowering::content(Node node) const { return elements_of(graph().tensor(node)); }

std::optional<std::vector<double>> OperationLowering::numbers(std::string_view parameter) {
  if (const Binding* binding = only_binding(parameter)) {
    const std::optional<Local> local = local_of(*binding);
    if (local->constant != nullptr) return elements_of(local->constant->view);
    const Node node = block_.node(binding->name);
    if (!is_constant(node)) return std::nullopt;
    return content(node);
  }
  const Default* absent = fallback(parameter);
  if (absent == nullptr) fail(fmt::format("the parameter {} is missing", parameter));
  if (const auto* flag = std::get_if<bool>(absent)) return std::vector<double>{*flag ? 1.0 : 0.0};
  if (const auto* whole = std::get_if<std::int64_t>(absent)) return std::vector<double>{static_cast<double>(*whole)};
  if (const auto* number = std::get_if<double>(absent)) return std::vector<double>{*number};
  fail(fmt::format("the parameter {} has no number for what is absent", parameter));
}

std::optional<std::vector<std::int64_t>> OperationLowering::known_integers(std::string_view parameter) {
  const std::optional<std::vector<double>> known = numbers(parameter);
  if (!known) return std::nullopt;
  return std::vector<std::int64_t>(known->begin(), known->end());
}

std::vector<std::int64_t> OperationLowering::integers(std::string_view parameter) {
  const std::optional<std::vector<std::int64_t>> known = known_integers(parameter);
  if (!known) fail(fmt::format("the parameter {} is known only as it runs", parameter));
  return *known;
}

std::vector<std::int64_t> OperationLowering::integers(std::string_view parameter, std::vector<std::int64_t> absent) {
  return has(parameter) ? integers(parameter) : std::move(absent);
}

std::int64_t OperationLowering::integer(std::string_view parameter) {
  const std::vector<std::int64_t> list = integers(parameter);
  if (list.size() != 1) fail(fmt::format("the parameter {} has {} numbers", parameter, list.size()));
  return list[0];
}

double OperationLowering::real(std::string_view parameter) {
  const std::optional<std::vector<double>> known = numbers(parameter);
  if (!known || known->size() != 1) fail(fmt::format("the parameter {} is not one known number", parameter));
  return (*known)[0];
}

bool OperationLowering::flag(std::string_view parameter) { return integer(parameter) != 0; }

std::string_view OperationLowering::word(std::string_view parameter) {
  if (const Value* stated = value(parameter); stated != nullptr && stated->strings.size() == 1) {
    return stated->strings[0];
  }
  const Default* absent = has(parameter) ? nullptr : fallback(parameter);
  const auto* text = absent == nullptr ? nullptr : std::get_if<std::string_view>(absent);
  if (text == nullptr) fail(fmt::format("the parameter {} is no known text", parameter));
  return *text;
}

// ---- the graph

Nodes OperationLowering::add_all(const std::string& type, Nodes inputs, Attributes attributes,
                                 std::vector<std::int32_t> results) {
  std::vector<std::string> names;
  for (std::size_t index = 0; index < results.size(); ++index) {
    names.push_back(graph().derived_name(fmt::format("{}/{}", name_, type)));
  }
  return graph().add_operation(type, name_, std::move(inputs), std::move(attributes), names, results);
}

Node OperationLowering::add_as(std::int32_t result, const std::string& type, Nodes inputs, Attributes attributes) {
  return add_all(type, std::move(inputs), std::move(attributes), {result})[0];
}

Node OperationLowering::add(const std::string& type, Nodes inputs, Attributes attributes) {
  const std::int32_t result = this->type(inputs.at(0));
  return add_as(result, type, std::move(inputs), std::move(attributes));
}

Node OperationLowering::constant(std::int32_t type, Dims dims, const std::vector<double>& numbers) {
  graph::OwnedTensor tensor = graph::OwnedTensor::zeros(type, std::move(dims));
  graph::visit_number_type(type, [&](auto element) {
    std::ranges::transform(numbers, tensor.mutable_view().elements<decltype(element)>().begin(),
                           [](double number) { return static_cast<decltype(element)>(number); });
  });
  return graph().add_constant(graph().derived_name(name_ + "/constant"), std::move(tensor));
}

Node OperationLowering::cast(Node node, std::int32_t type) {
  return this->type(node) == type ? node : add_as(type, "cast", {node});
}

Node OperationLowering::reshape(Node node, Dims shape) {
  return dims(node) == shape ? node : add("reshape", {node}, {{"shape", std::move(shape)}});
}

Node OperationLowering::transpose(Node node, const std::vector<std::int64_t>& axes) {
  return std::ranges::is_sorted(axes) ? node : add("transpose", {node}, {{"axes", axes}});
}

Node OperationLowering::slice(Node node, std::int64_t axis, std::int64_t begin, std::int64_t count) {
  using List = std::vector<std::int64_t>;
  return add("slice", {node}, {{"axes", List{axis}}, {"begin", List{begin}}, {"end", List{begin + count}}});
}

Node OperationLowering::reversed(Node node, const std::vector<std::int64_t>& axes) {
  using List = std::vector<std::int64_t>;
  constexpr std::int64_t far = std::int64_t{1} << 40;
  if (axes.empty()) return node;
  return add("slice", {node},
             {{"axes", axes},
              {"begin", List(axes.size(), -1)},
              {"end", List(axes.size(), -far)},
              {"strides", List(axes.size(), -1)}});
}

Node OperationLowering::gather(Node node, std::int64_t axis, const std::vector<std::int64_t>& places) {
  const Node indexes = constant(GLK_INT32, {static_cast<std::int64_t>(places.size())}, {places.begin(), places.end()});
  return add("gather", {node, indexes}, {{"axis", axis}});
}

Node OperationLowering::concat(const Nodes& parts, std::int64_t axis) {
  return parts.size() == 1 ? parts[0] : add("concat", parts, {{"axis", axis}});
}

Node OperationLowering::per_channel(Node vector, std::size_t rank) {
  Dims shape(rank - 1, 1);
  shape[0] = dims(vector).empty() ? 1 : dims(vector)[0];
  return reshape(vector, std::move(shape));
}

std::int64_t OperationLowering::axis(std::int64_t axis, std::size_t rank) const {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) fail(fmt::format("axis {} is out of range for rank {}", axis, rank));
  return axis < 0 ? axis + size : axis;
}

// ---- results

void OperationLowering::give(Node node) {
  if (given_ == operation_.outputs.size()) fail("gives more results than it declares");
  const NamedType& declared = operation_.outputs[given_++];
  if (!declared.type.is_tensor()) fail(fmt::format("'{}' is no tensor", declared.name));
  node = cast(node, graph_type(declared.type.element));
  const Shape& shape = declared.type.shape;
  const bool known = declared.type.ranked && std::ranges::find(shape, unknown) == shape.end();
  // The kit gives lists of one where the language has single values.
  if (known && shape != dims(node) && !graph::is_open(dims(node)) &&
      graph::element_count(shape) == graph::element_count(dims(node))) {
    node = reshape(node, shape);
  } else if (declared.type.ranked && shape.empty() && dims(node) == Dims{1}) {
    node = reshape(node, {});
  }
  const bool rounds = block_.context().options.precision == Precision::as_typed || operation_.type == "cast";
  if (declared.type.element == ElementType::float16 && rounds && !moves_) node = add("round_to_half", {node});
  // A value of its own takes the program's name.
  if (node >= first_own_) graph().rename(node, declared.name);
  block_.define(declared.name, {declared.type, nullptr, nullptr, node});
}

void OperationLowering::give_value(Local local) {
  if (given_ == operation_.outputs.size()) fail("gives more results than it declares");
  const NamedType& declared = operation_.outputs[given_++];
  local.type = declared.type;
  block_.define(declared.name, std::move(local));
}

}  // namespace goldilocks::ml_program
