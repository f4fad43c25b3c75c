#include "memory.hpp"

#include <cstdio>
#include <new>
#include <vector>

#include <goldilocks/graph/plain.hpp>

namespace goldilocks::graph {

std::size_t tensor_bytes(std::int32_t type, std::span<const std::int64_t> dims) {
  return whole_lines(static_cast<std::size_t>(element_count(dims)) * element_size(type));
}

Memory allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  Memory memory(static_cast<std::byte*>(std::aligned_alloc(alignment, bytes)));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

std::string memory_text(std::uint64_t bytes, std::uint64_t limit) {
  constexpr double gibibyte = 1 << 30U;
  char text[128];
  std::snprintf(text, sizeof(text), "%.2f GiB are needed at once for the values computed; the limit is %.2f GiB",
                static_cast<double>(bytes) / gibibyte, static_cast<double>(limit) / gibibyte);
  return text;
}

// Runs through the operations with the sizes of what is alive. element_count() keeps each tensor below 2^35 bytes, so
// that no sum of them overflows.
void check_memory(const GraphView& graph, std::span<const Dims> dims, std::span<const std::uint32_t> wanted,
                  std::uint64_t limit) {
  const std::size_t end = graph.operation_count();
  std::vector<std::size_t> last(graph.value_count(), 0);
  for (std::size_t index = 0; index < end; ++index) {
    for (const std::uint32_t output : graph.operation(index).outputs()) last[output] = index;
    for (const std::uint32_t input : graph.operation(index).inputs()) {
      if (input != GLK_NO_VALUE) last[input] = index;
    }
  }
  for (const std::uint32_t value : wanted) last[value] = end;
  std::vector<std::uint64_t> freed(end + 1, 0);  // after each operation
  std::uint64_t alive = 0;
  for (std::size_t index = 0; index < end; ++index) {
    const OperationView operation = graph.operation(index);
    for (const std::uint32_t output : operation.outputs()) {
      if (dims[output].empty() && !graph.value(output).dims().empty()) continue;
      const std::uint64_t bytes = tensor_bytes(graph.value(output).type(), dims[output]);
      alive += bytes;
      freed[last[output]] += bytes;
    }
    if (alive > limit) operation.fail(memory_text(alive, limit));
    alive -= freed[index];
  }
}

}  // namespace goldilocks::graph
