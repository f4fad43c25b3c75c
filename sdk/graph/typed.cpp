// A typed graph is small, and runs operation by operation, each result in memory of its own.
#include "kernels/typed.hpp"

#include <algorithm>

#include <goldilocks/graph/typed.hpp>

namespace goldilocks::graph {
namespace {

template <class Element, class Stored = Element>
std::vector<Element> copy_elements(const void* data, std::size_t count) {
  const auto* elements = static_cast<const Stored*>(data);
  return std::vector<Element>(elements, elements + count);
}

TypedTensor empty_tensor(std::int32_t type) {
  switch (type) {
    case GLK_FLOAT64:
      return {{0}, Doubles()};
    case GLK_INT64:
      return {{0}, Integers()};
    case GLK_STRING:
      return {{0}, Texts()};
    default:
      return {{0}, std::vector<float>()};
  }
}

void check_tensor(const ValueView& value, const TypedTensor& tensor) {
  const std::string name = std::string("'").append(value.name()).append("'");
  if (tensor.type() != value.type()) throw GraphError(name + " has another type than the graph states");
  check_stated_dims(value, tensor.dims);
  if (static_cast<std::int64_t>(tensor.size()) != element_count(tensor.dims)) {
    throw GraphError(name + " has another number of elements than its shape says");
  }
}

const std::vector<TypedKernel>& all_kernels() {
  static const std::vector<TypedKernel> kernels = [] {
    std::vector<TypedKernel> all;
    for (const std::span<const TypedKernel> family : {encoding_kernels(), scaling_kernels(), scoring_kernels()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    std::ranges::sort(all, {}, &TypedKernel::type);
    return all;
  }();
  return kernels;
}

}  // namespace

std::int32_t TypedTensor::type() const {
  constexpr std::int32_t types[] = {GLK_FLOAT32, GLK_FLOAT64, GLK_INT64, GLK_STRING};
  return types[values.index()];
}

std::size_t TypedTensor::size() const {
  return std::visit([](const auto& elements) { return elements.size(); }, values);
}

TypedTensor copy_tensor(std::int32_t type, std::span<const std::int64_t> dims, const void* data) {
  const auto count = static_cast<std::size_t>(element_count(dims));
  if (count != 0 && data == nullptr) throw GraphError("a tensor without data");
  const Dims copied(dims.begin(), dims.end());
  switch (type) {
    case GLK_FLOAT32:
      return {copied, copy_elements<float>(data, count)};
    case GLK_FLOAT64:
      return {copied, copy_elements<double>(data, count)};
    case GLK_INT64:
      return {copied, copy_elements<std::int64_t>(data, count)};
    case GLK_STRING:
      return {copied, copy_elements<std::string, const char*>(data, count)};
    default:
      throw GraphError("a tensor of type " + std::to_string(type) + ", which the kit doesn't have");
  }
}

const TypedKernel* find_typed_kernel(std::string_view type) {
  const auto found = std::ranges::lower_bound(all_kernels(), type, {}, &TypedKernel::type);
  return found != all_kernels().end() && found->type == type ? &*found : nullptr;
}

bool is_typed_operation(std::string_view type) { return find_typed_kernel(type) != nullptr; }

std::vector<std::string_view> typed_operations() {
  std::vector<std::string_view> types;
  for (const TypedKernel& kernel : all_kernels()) types.push_back(kernel.type);
  return types;
}

bool is_typed(const GraphView& graph) {
  for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
    if (graph.value(index).type() != GLK_FLOAT32) return true;
  }
  return false;
}

TypedModel::TypedModel(const glk_graph& graph) : graph_(graph), constants_(graph_.value_count()) {
  for (std::uint32_t index = 0; index < graph_.value_count(); ++index) {
    const glk_value& value = *graph.values[index];
    if (value.data != nullptr) constants_[index] = copy_tensor(value.type, graph_.value(index).dims(), value.data);
  }
  for (std::size_t index = 0; index < graph_.operation_count(); ++index) {
    const OperationView operation = graph_.operation(index);
    const TypedKernel* kernel = find_typed_kernel(operation.type());
    if (kernel == nullptr) operation.fail("is not an operation on values of several types");
    const std::size_t inputs = operation.inputs().size();
    if (inputs < kernel->least_inputs || inputs > kernel->most_inputs ||
        operation.outputs().size() != kernel->outputs) {
      operation.fail("has another number of inputs or outputs than it takes");
    }
    for (std::size_t input = 0; input < kernel->least_inputs; ++input) {
      if (!operation.has_input(input)) operation.fail("misses an input");
    }
  }
}

std::vector<TypedTensor> TypedModel::run(std::span<const TypedTensor> inputs,
                                         std::span<const std::uint32_t> wanted) const {
  if (inputs.size() != graph_.inputs().size()) throw GraphError("another number of inputs than the graph has");
  std::vector<TypedTensor> values(graph_.value_count());
  std::vector<const TypedTensor*> views(graph_.value_count(), nullptr);
  for (std::uint32_t index = 0; index < views.size(); ++index) {
    if (graph_.value(index).is_constant()) views[index] = &constants_[index];
  }
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    check_tensor(graph_.value(graph_.inputs()[index]), inputs[index]);
    views[graph_.inputs()[index]] = &inputs[index];
  }
  for (std::size_t index = 0; index < graph_.operation_count(); ++index) {
    const OperationView operation = graph_.operation(index);
    std::vector<const TypedTensor*> given;
    for (std::size_t input = 0; input < operation.inputs().size(); ++input) {
      given.push_back(operation.has_input(input) ? views[operation.inputs()[input]] : nullptr);
    }
    std::vector<TypedTensor> results;
    for (const std::uint32_t output : operation.outputs()) {
      results.push_back(empty_tensor(graph_.value(output).type()));
    }
    find_typed_kernel(operation.type())->run(operation, given, results);
    for (std::size_t output = 0; output < results.size(); ++output) {
      const std::uint32_t value = operation.outputs()[output];
      check_tensor(graph_.value(value), results[output]);
      values[value] = std::move(results[output]);
      views[value] = &values[value];
    }
  }
  std::vector<TypedTensor> results;
  for (const std::uint32_t index : wanted) {
    if (index >= views.size() || views[index] == nullptr) throw GraphError("a value is wanted that nothing gives");
    results.push_back(*views[index]);
  }
  return results;
}

}  // namespace goldilocks::graph
