#include "core/pipeline/widths/partial_graph.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>
#include <span>
#include <utility>

namespace goldilocks::pipeline {
namespace {

std::span<const std::uint32_t> inputs_of(const glk_operation& operation) {
  return {operation.inputs, operation.input_count};
}

std::span<const std::uint32_t> outputs_of(const glk_operation& operation) {
  return {operation.outputs, operation.output_count};
}

bool is_same_shape(const glk_value& a, const glk_value& b) {
  return a.type == b.type && std::equal(a.dims, a.dims + a.rank, b.dims, b.dims + b.rank);
}

std::size_t item_size(const glk_value& value) {
  switch (value.type) {
    case GLK_FLOAT64:
    case GLK_INT64:
      return 8;
    case GLK_FLOAT16:
      return 2;
    default:
      return 4;
  }
}

bool is_same_content(const glk_value& a, const glk_value& b) {
  if ((a.data == nullptr) != (b.data == nullptr) || !is_same_shape(a, b)) return false;
  if (a.data == nullptr || a.data == b.data) return true;
  if (a.type == GLK_STRING) return false;
  std::size_t bytes = item_size(a);
  for (std::uint64_t i = 0; i < a.rank; ++i) bytes *= static_cast<std::size_t>(a.dims[i]);
  return std::memcmp(a.data, b.data, bytes) == 0;
}

bool is_same(const glk_attribute& a, const glk_attribute& b) {
  if (a.type != b.type || std::strcmp(a.name, b.name) != 0 || a.count != b.count) return false;
  switch (a.type) {
    case GLK_ATTRIBUTE_INTEGER:
      return a.integer == b.integer;
    case GLK_ATTRIBUTE_NUMBER:
      return a.number == b.number;
    case GLK_ATTRIBUTE_STRING:
      return std::strcmp(a.string, b.string) == 0;
    case GLK_ATTRIBUTE_INTEGERS:
      return std::equal(a.integers, a.integers + a.count, b.integers);
    case GLK_ATTRIBUTE_NUMBERS:
      return std::equal(a.numbers, a.numbers + a.count, b.numbers);
    default:
      return false;
  }
}

// But for what the constants hold.
bool is_same(const glk_operation& a, const glk_operation& b) {
  if (std::strcmp(a.type, b.type) != 0 || a.subgraph_count != 0 || b.subgraph_count != 0) return false;
  return std::ranges::equal(inputs_of(a), inputs_of(b)) && std::ranges::equal(outputs_of(a), outputs_of(b)) &&
         std::equal(a.attributes, a.attributes + a.attribute_count, b.attributes, b.attributes + b.attribute_count,
                    [](const glk_attribute* x, const glk_attribute* y) { return is_same(*x, *y); });
}

std::set<std::uint32_t> known_before(const glk_graph& graph, std::size_t cut) {
  std::set<std::uint32_t> known(graph.inputs, graph.inputs + graph.input_count);
  for (std::size_t i = 0; i < cut; ++i) {
    const auto outputs = outputs_of(*graph.operations[i]);
    known.insert(outputs.begin(), outputs.end());
  }
  return known;
}

}  // namespace

std::size_t common_operations(const glk_graph& a, const glk_graph& b) {
  if (a.operation_count != b.operation_count || a.value_count != b.value_count) return 0;
  if (!std::equal(a.inputs, a.inputs + a.input_count, b.inputs, b.inputs + b.input_count)) return 0;
  for (std::uint64_t i = 0; i < a.value_count; ++i) {
    if (!is_same_shape(*a.values[i], *b.values[i])) return 0;
  }
  for (std::size_t i = 0; i < a.operation_count; ++i) {
    const glk_operation& operation = *a.operations[i];
    if (!is_same(operation, *b.operations[i])) return i;
    for (const std::uint32_t input : inputs_of(operation)) {
      if (input != GLK_NO_VALUE && !is_same_content(*a.values[input], *b.values[input])) return i;
    }
  }
  return a.operation_count;
}

PartialGraph::PartialGraph(const glk_graph& whole, std::size_t begin, std::size_t end,
                           std::vector<std::uint32_t> inputs, std::vector<std::uint32_t> outputs)
    : inputs_(std::move(inputs)), outputs_(std::move(outputs)), graph_(whole) {
  graph_.operations = whole.operations + begin;
  graph_.operation_count = end - begin;
  graph_.inputs = inputs_.data();
  graph_.input_count = inputs_.size();
  graph_.outputs = outputs_.data();
  graph_.output_count = outputs_.size();
}

std::vector<std::uint32_t> values_across(const glk_graph& graph, std::size_t cut,
                                         const std::vector<std::uint32_t>& wanted) {
  const std::set<std::uint32_t> known = known_before(graph, cut);
  std::set<std::uint32_t> read(wanted.begin(), wanted.end());
  for (std::size_t i = cut; i < graph.operation_count; ++i) {
    const auto inputs = inputs_of(*graph.operations[i]);
    read.insert(inputs.begin(), inputs.end());
  }
  std::vector<std::uint32_t> across;
  std::ranges::set_intersection(known, read, std::back_inserter(across));
  return across;
}

bool can_be_passed(const glk_graph& graph, const std::vector<std::uint32_t>& values) {
  return std::all_of(values.begin(), values.end(), [&](std::uint32_t index) {
    const glk_value& value = *graph.values[index];
    return value.type == GLK_FLOAT32 && std::all_of(value.dims, value.dims + value.rank, [](auto d) { return d > 0; });
  });
}

}  // namespace goldilocks::pipeline
