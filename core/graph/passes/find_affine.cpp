// Factors and summands of channels, as a batch normalization that is written out has them, are `affine`:
//
//      add(multiply(x, scale), shift)  ->  affine(x, scale, shift)        scale and shift [C, 1, 1]
#include <optional>

#include "core/graph/passes/passes.hpp"

namespace goldilocks::lowering {
namespace {

// Whether the value is a constant with one number for each channel (the third dimension from the end), of which there
// are several.
bool is_of_channels(const Rewriter& rewriter, std::uint32_t value, const Dims& whole) {
  const GraphBuilder& graph = rewriter.graph();
  if (!graph.is_constant(value) || !rewriter.is_float(value)) return false;
  const Dims& dims = graph.dims(value);
  const std::int64_t channels = whole[whole.size() - 3];
  return channels > 1 && dims.size() >= 3 && dims.size() <= whole.size() && dims[dims.size() - 3] == channels &&
         graph::element_count(dims) == channels;
}

}  // namespace

void find_affine(Rewriter& rewriter) {
  for (std::size_t index = 0; index < rewriter.operation_count(); ++index) {
    const graph::OperationView operation = rewriter.operation(index);
    const bool multiplies = operation.type() == "multiply";
    if ((!multiplies && operation.type() != "add") || operation.inputs().size() != 2) continue;
    const Dims& whole = rewriter.graph().dims(operation.outputs()[0]);
    if (whole.size() < 4 || !rewriter.is_float(operation.outputs()[0])) continue;
    for (const std::size_t side : {0U, 1U}) {
      const std::uint32_t x = operation.inputs()[side];
      const std::uint32_t parameter = operation.inputs()[1 - side];
      if (rewriter.graph().dims(x) != whole || rewriter.graph().is_constant(x)) continue;
      if (!is_of_channels(rewriter, parameter, whole)) continue;
      const auto inner = rewriter.giver(x, "affine");
      if (multiplies) {
        rewriter.replace(index, "affine", {x, parameter}, {});
      } else if (inner && !inner->has_input(2) && rewriter.has_sole_reader(x)) {
        rewriter.replace(index, "affine", {inner->inputs()[0], inner->inputs()[1], parameter}, {});
      } else {
        rewriter.replace(index, "affine", {x, GLK_NO_VALUE, parameter}, {});
      }
      break;
    }
  }
}

}  // namespace goldilocks::lowering
