// A value that is read by several concatenations lives in the first of them, and is copied into the others. Inputs,
// constants and second appearances in the same concatenation are always copied.
#include "join.hpp"

#include <algorithm>

#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::onednn {

bool Join::fits(Layout asked) const {
  if (asked == Layout::plain) return true;
  const std::int64_t block = block_of(asked);
  return channels && std::ranges::all_of(offsets, [block](std::int64_t offset) { return offset % block == 0; });
}

std::size_t Join::offset_of(std::size_t part) const {
  return static_cast<std::size_t>(offsets[part] * inner) * sizeof(float);
}

Joins::Joins(const graph::GraphView& graph, const Usage& usage, std::span<const graph::Dims> dims) {
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const graph::OperationView operation = graph.operation(index);
    if (!usage.is_needed(index) || operation.type() != "concat") continue;
    const std::uint32_t output = operation.outputs()[0];
    if (graph.value(output).type() != GLK_FLOAT32) continue;
    const graph::Dims& whole = dims[output];
    const std::size_t axis = graph::resolve_axis(operation, operation.integer("axis"), whole.size());
    const auto joined = whole.begin() + static_cast<std::ptrdiff_t>(axis);
    if (std::any_of(whole.begin(), joined, [](std::int64_t size) { return size != 1; })) continue;
    Join join{index, output, axis + 3 == whole.size(), 1, {}, std::nullopt, 0};
    for (auto size = joined + 1; size != whole.end(); ++size) join.inner *= *size;
    std::int64_t offset = 0;
    for (std::size_t part = 0; part < operation.inputs().size(); ++part) {
      const std::uint32_t value = operation.inputs()[part];
      join.offsets.push_back(offset);
      offset += dims[value][axis];
      if (usage.producer(value)) homes_.try_emplace(value, Home{joins_.size(), part});
    }
    joins_.push_back(std::move(join));
  }
}

Join* Joins::of_operation(std::size_t operation) {
  const auto found = std::ranges::find(joins_, operation, &Join::operation);
  return found == joins_.end() ? nullptr : &*found;
}

const Joins::Home* Joins::home(std::uint32_t value) const {
  const auto found = homes_.find(value);
  return found == homes_.end() ? nullptr : &found->second;
}

}  // namespace goldilocks::onednn
