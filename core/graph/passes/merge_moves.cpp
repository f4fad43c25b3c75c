// Two moves in a row are one, or none:
//
//      transpose(transpose(x))  ->  transpose(x) or x          reshape(reshape(x))  ->  reshape(x) or x
//
// and a transpose that moves nothing but axes of size 1 is a reshape.
#include <numeric>
#include <vector>

#include "core/graph/passes/passes.hpp"

namespace goldilocks::lowering {
namespace {

using Axes = std::vector<std::int64_t>;

Axes axes_of(const graph::OperationView& transpose) {
  const std::span<const std::int64_t> axes = transpose.integers("axes");
  return {axes.begin(), axes.end()};
}

// Whether the axes that are larger than 1 keep their order.
bool keeps_order(const Axes& axes, const Dims& dims) {
  std::int64_t last = -1;
  for (const std::int64_t axis : axes) {
    if (dims[static_cast<std::size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

void merge_transpose(Rewriter& rewriter, std::size_t index) {
  const graph::OperationView outer = rewriter.operation(index);
  const auto inner = rewriter.giver(outer.inputs()[0], "transpose");
  if (!inner) return;
  Axes axes;
  for (const std::int64_t axis : outer.integers("axes")) {
    axes.push_back(inner->integers("axes")[static_cast<std::size_t>(axis)]);
  }
  rewriter.replace(index, "transpose", {inner->inputs()[0]}, {{"axes", std::move(axes)}});
}

void merge_reshape(Rewriter& rewriter, std::size_t index) {
  const std::uint32_t output = rewriter.operation(index).outputs()[0];
  if (rewriter.is_open(output)) return;
  std::uint32_t source = rewriter.operation(index).inputs()[0];
  while (const auto inner = rewriter.giver(source, "reshape")) source = inner->inputs()[0];
  if (source != rewriter.operation(index).inputs()[0] && !rewriter.is_open(source)) {
    rewriter.replace(index, "reshape", {source}, {{"shape", rewriter.graph().dims(output)}});
  }
  source = rewriter.operation(index).inputs()[0];
  if (rewriter.graph().dims(source) == rewriter.graph().dims(output)) rewriter.redirect(output, source);
}

}  // namespace

void merge_moves(Rewriter& rewriter) {
  for (std::size_t index = 0; index < rewriter.operation_count(); ++index) {
    if (rewriter.operation(index).type() == "transpose") {
      merge_transpose(rewriter, index);
      const graph::OperationView operation = rewriter.operation(index);
      const std::uint32_t source = operation.inputs()[0];
      if (!rewriter.is_open(source) && keeps_order(axes_of(operation), rewriter.graph().dims(source))) {
        rewriter.replace(index, "reshape", {source}, {{"shape", rewriter.graph().dims(operation.outputs()[0])}});
      }
    }
    if (rewriter.operation(index).type() == "reshape") merge_reshape(rewriter, index);
  }
}

}  // namespace goldilocks::lowering
