// Views over the graph of the C interface. The one place that knows the rules of struct sizes and indexes: GraphView's
// constructor checks them all once, so that everything behind it can rely on them.
#include <algorithm>
#include <cstddef>

#include <goldilocks/graph/graph.hpp>

namespace goldilocks::graph {
namespace {

std::string with_place(std::string_view layer, std::string_view type, std::string_view problem) {
  std::string text = "layer '";
  text.append(layer).append("' (").append(type).append("): ").append(problem);
  return text;
}

std::string quoted(std::string_view name) {
  std::string text = "'";
  return text.append(name).append("'");
}

// A list of the interface: its struct pointers must be there and as long as the members that are read here.
template <class Struct>
void check_list(const Struct* const* list, std::uint64_t count, std::size_t least_size, const char* what) {
  if (count != 0 && list == nullptr) throw GraphError(std::string("malformed graph: no list of ") + what);
  for (std::uint64_t index = 0; index < count; ++index) {
    if (list[index] == nullptr || list[index]->struct_size < least_size) {
      throw GraphError(std::string("malformed graph: one of its ") + what + " is missing or too short");
    }
  }
}

void check_value(const glk_value& value) {
  const std::string name = value.name == nullptr ? "" : value.name;
  if (value.rank != 0 && value.dims == nullptr) throw GraphError("value " + quoted(name) + " has no dimensions");
  for (std::uint64_t axis = 0; axis < value.rank; ++axis) {
    const bool unknown = value.dims[axis] == -1 && value.data == nullptr;
    if (value.dims[axis] < 1 && !unknown) throw GraphError("value " + quoted(name) + " has an empty dimension");
  }
}

void check_attribute(const OperationView& operation, const glk_attribute& attribute) {
  if (attribute.name == nullptr) operation.fail("an attribute has no name");
  bool complete = true;
  if (attribute.type == GLK_ATTRIBUTE_STRING) complete = attribute.string != nullptr;
  if (attribute.type == GLK_ATTRIBUTE_INTEGERS) complete = attribute.count == 0 || attribute.integers != nullptr;
  if (attribute.type == GLK_ATTRIBUTE_NUMBERS) complete = attribute.count == 0 || attribute.numbers != nullptr;
  if (!complete) operation.fail("attribute " + quoted(attribute.name) + " has no content");
}

}  // namespace

GraphError::GraphError(std::string_view layer, std::string_view type, std::string_view problem)
    : std::runtime_error(with_place(layer, type, problem)), problem_(problem) {}

GraphError::GraphError(std::string_view problem) : std::runtime_error(std::string(problem)), problem_(problem) {}

std::string to_text(std::span<const std::int64_t> dims) {
  std::string text = "[";
  for (const std::int64_t dim : dims) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(dim);
  }
  return text + "]";
}

std::int64_t element_count(std::span<const std::int64_t> dims) {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0) throw GraphError("the size of " + to_text(dims) + " is not known");
    if (dim == 0) return 0;
    if (count > largest_tensor / dim) throw GraphError("a tensor of shape " + to_text(dims) + " is too large");
    count *= dim;
  }
  return count;
}

std::span<const float> ValueView::floats() const {
  if (value_->data == nullptr || value_->type != GLK_FLOAT32) return {};
  return {static_cast<const float*>(value_->data), static_cast<std::size_t>(element_count(dims()))};
}

void check_stated_dims(const ValueView& value, std::span<const std::int64_t> dims) {
  const bool agrees = std::ranges::equal(
      dims, value.dims(), [](std::int64_t actual, std::int64_t stated) { return stated == -1 || actual == stated; });
  if (agrees) return;
  throw GraphError(quoted(value.name()) + " has shape " + to_text(dims) + " instead of " + to_text(value.dims()));
}

void check_stated_type(const ValueView& value, std::int32_t type) {
  if (type != value.type()) throw GraphError(quoted(value.name()) + " has another type than the graph states");
}

// ---- attributes

const glk_attribute* OperationView::find(std::string_view name) const {
  for (std::uint64_t index = 0; index < operation_->attribute_count; ++index) {
    const glk_attribute* attribute = operation_->attributes[index];
    if (name == attribute->name) return attribute;
  }
  return nullptr;
}

const glk_attribute& OperationView::get(std::string_view name, std::int32_t type) const {
  const glk_attribute* attribute = find(name);
  if (attribute == nullptr) fail("attribute " + quoted(name) + " is missing");
  if (attribute->type != type) fail("attribute " + quoted(name) + " has another type than documented");
  return *attribute;
}

std::int64_t OperationView::integer(std::string_view name) const { return get(name, GLK_ATTRIBUTE_INTEGER).integer; }

std::int64_t OperationView::integer(std::string_view name, std::int64_t fallback) const {
  return has_attribute(name) ? integer(name) : fallback;
}

double OperationView::number(std::string_view name) const {
  const glk_attribute* attribute = find(name);
  if (attribute != nullptr && attribute->type == GLK_ATTRIBUTE_INTEGER) return static_cast<double>(attribute->integer);
  return get(name, GLK_ATTRIBUTE_NUMBER).number;
}

double OperationView::number(std::string_view name, double fallback) const {
  return has_attribute(name) ? number(name) : fallback;
}

std::string_view OperationView::text(std::string_view name) const { return get(name, GLK_ATTRIBUTE_STRING).string; }

std::string_view OperationView::text(std::string_view name, std::string_view fallback) const {
  return has_attribute(name) ? text(name) : fallback;
}

std::span<const std::int64_t> OperationView::integers(std::string_view name) const {
  const glk_attribute& attribute = get(name, GLK_ATTRIBUTE_INTEGERS);
  return {attribute.integers, attribute.count};
}

std::span<const std::int64_t> OperationView::integers(std::string_view name,
                                                      std::span<const std::int64_t> fallback) const {
  return has_attribute(name) ? integers(name) : fallback;
}

std::span<const double> OperationView::numbers(std::string_view name) const {
  const glk_attribute& attribute = get(name, GLK_ATTRIBUTE_NUMBERS);
  return {attribute.numbers, attribute.count};
}

std::span<const glk_graph* const> OperationView::subgraphs() const {
  const bool stated =
      operation_->struct_size >= offsetof(glk_operation, subgraph_count) + sizeof operation_->subgraph_count;
  if (!stated || operation_->subgraph_count == 0) return {};
  return {operation_->subgraphs, operation_->subgraph_count};
}

void OperationView::fail(std::string_view problem) const { throw GraphError(layer(), type(), problem); }

// ---- the graph

namespace {

void check_index(const glk_graph& graph, std::uint32_t index) {
  if (index >= graph.value_count) throw GraphError("malformed graph: an index lies beyond its values");
}

void give(const glk_graph& graph, std::uint32_t index, std::vector<bool>& given) {
  check_index(graph, index);
  if (given[index]) throw GraphError("value " + quoted(ValueView(*graph.values[index]).name()) + " is given twice");
  given[index] = true;
}

}  // namespace

void GraphView::check_operation(const glk_operation& operation, std::vector<bool>& given, int depth) const {
  if (operation.type == nullptr || (operation.input_count != 0 && operation.inputs == nullptr) ||
      (operation.output_count != 0 && operation.outputs == nullptr)) {
    throw GraphError("malformed graph: an operation is incomplete");
  }
  check_list(operation.attributes, operation.attribute_count, offsetof(glk_attribute, count) + sizeof(std::uint64_t),
             "attributes");
  const OperationView view(operation);
  for (std::uint64_t number = 0; number < operation.attribute_count; ++number) {
    check_attribute(view, *operation.attributes[number]);
  }
  for (const std::uint32_t input : view.inputs()) {
    if (input == GLK_NO_VALUE) continue;
    check_index(*graph_, input);
    if (!given[input]) view.fail("reads " + quoted(value(input).name()) + " before anything gives it");
  }
  const std::span<const glk_graph* const> subgraphs = view.subgraphs();
  if (!subgraphs.empty() && subgraphs.data() == nullptr) view.fail("has no list of subgraphs");
  for (const glk_graph* subgraph : subgraphs) {
    if (subgraph == nullptr) view.fail("misses a subgraph");
    if (depth >= deepest_nesting) view.fail("graphs are nested too deep");
    GraphView(*subgraph, depth + 1);
  }
  for (const std::uint32_t output : view.outputs()) give(*graph_, output, given);
}

GraphView::GraphView(const glk_graph& graph, int depth) : graph_(&graph) {
  if (graph.struct_size < offsetof(glk_graph, output_count) + sizeof graph.output_count) {
    throw GraphError("malformed graph: too short");
  }
  check_list(graph.values, graph.value_count, offsetof(glk_value, data) + sizeof(void*), "values");
  check_list(graph.operations, graph.operation_count, offsetof(glk_operation, attribute_count) + sizeof(std::uint64_t),
             "operations");
  if ((graph.input_count != 0 && graph.inputs == nullptr) || (graph.output_count != 0 && graph.outputs == nullptr)) {
    throw GraphError("malformed graph: no list of inputs or outputs");
  }

  // A value is there once something has given it: a constant from the start, an input, or an earlier operation.
  std::vector<bool> given(graph.value_count, false);
  for (std::uint32_t index = 0; index < graph.value_count; ++index) {
    check_value(*graph.values[index]);
    given[index] = graph.values[index]->data != nullptr;
  }
  for (const std::uint32_t index : inputs()) give(graph, index, given);
  for (std::size_t index = 0; index < operation_count(); ++index)
    check_operation(*graph.operations[index], given, depth);
  for (const std::uint32_t index : outputs()) {
    if (index == GLK_NO_VALUE && depth > 0) continue;
    check_index(graph, index);
    if (!given[index]) throw GraphError("output " + quoted(value(index).name()) + " is given by nothing");
  }
}

}  // namespace goldilocks::graph
