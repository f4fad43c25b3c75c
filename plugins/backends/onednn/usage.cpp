#include "usage.hpp"

#include <algorithm>

namespace goldilocks::onednn {

bool is_float32(const graph::GraphView& graph, const graph::OperationView& operation) {
  const auto is_other = [&](std::uint32_t value) {
    return value != GLK_NO_VALUE && graph.value(value).type() != GLK_FLOAT32;
  };
  // Where a shape comes from is no concern of what is reshaped.
  const std::size_t read = operation.type() == "dynamic_reshape" ? 1 : operation.inputs().size();
  return std::ranges::none_of(operation.inputs().first(read), is_other) &&
         std::ranges::none_of(operation.outputs(), is_other);
}

Usage::Usage(const graph::GraphView& graph, std::span<const std::uint32_t> wanted)
    : needed_(graph.operation_count()),
      wanted_(graph.value_count()),
      producer_(graph.value_count()),
      reads_(graph.value_count()),
      last_(graph.value_count()) {
  std::vector<bool> read(graph.value_count());
  for (const std::uint32_t value : wanted) wanted_[value] = read[value] = true;
  // Backwards, so that whoever reads a value has been seen before who gives it.
  for (std::size_t index = graph.operation_count(); index-- > 0;) {
    const graph::OperationView operation = graph.operation(index);
    for (const std::uint32_t output : operation.outputs()) needed_[index] = needed_[index] || read[output];
    if (!needed_[index]) continue;
    for (const std::uint32_t output : operation.outputs()) producer_[output] = index;
    for (const std::uint32_t input : operation.inputs()) {
      if (input == GLK_NO_VALUE) continue;
      read[input] = true;
      ++reads_[input];
      if (!last_[input]) last_[input] = index;
    }
  }
}

std::optional<std::size_t> Usage::sole_reader(std::uint32_t value) const {
  return reads_[value] == 1 && !wanted_[value] ? last_[value] : std::nullopt;
}

bool Usage::is_last_reader(std::size_t operation, std::uint32_t value) const {
  return !wanted_[value] && (!last_[value] || *last_[value] <= operation);
}

}  // namespace goldilocks::onednn
