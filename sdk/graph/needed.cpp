#include "needed.hpp"

#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::graph {

std::vector<bool> needed_operations(const GraphView& graph, std::span<const std::uint32_t> wanted) {
  std::vector<bool> read(graph.value_count());
  for (const std::uint32_t value : wanted) {
    if (value != GLK_NO_VALUE) read[value] = true;
  }
  std::vector<bool> needed(graph.operation_count());
  // Backwards, so that whoever reads a value has been seen before who gives it.
  for (std::size_t index = graph.operation_count(); index-- > 0;) {
    const OperationView operation = graph.operation(index);
    const Kernel* kernel = find_kernel(operation.type());
    bool is_needed = kernel != nullptr && kernel->is_control_flow();
    for (const std::uint32_t output : operation.outputs()) is_needed = is_needed || read[output];
    if (!is_needed) continue;
    needed[index] = true;
    for (const std::uint32_t input : operation.inputs()) {
      if (input != GLK_NO_VALUE) read[input] = true;
    }
  }
  return needed;
}

}  // namespace goldilocks::graph
