// Arithmetic with one number is `linear` (alpha * x + beta), and several in a row are one:
//
//      add(multiply(x, 2), 1)  ->  linear(x, alpha 2, beta 1)
#include <optional>
#include <string_view>

#include "core/graph/passes/passes.hpp"

namespace goldilocks::lowering {
namespace {

struct Line {
  std::uint32_t source;
  double alpha, beta;
};

std::optional<Line> line_of(const Rewriter& rewriter, const graph::OperationView& operation) {
  const std::string_view type = operation.type();
  if (type == "linear") return Line{operation.inputs()[0], operation.number("alpha"), operation.number("beta")};
  if (operation.inputs().size() != 2) return std::nullopt;
  const std::uint32_t left = operation.inputs()[0], right = operation.inputs()[1];
  const std::optional<double> by = rewriter.scalar(right);
  if (by) {
    if (type == "multiply") return Line{left, *by, 0};
    if (type == "divide" && *by != 0) return Line{left, 1 / *by, 0};
    if (type == "add") return Line{left, 1, *by};
    if (type == "subtract") return Line{left, 1, -*by};
    return std::nullopt;
  }
  const std::optional<double> from = rewriter.scalar(left);
  if (!from) return std::nullopt;
  if (type == "multiply") return Line{right, *from, 0};
  if (type == "add") return Line{right, 1, *from};
  if (type == "subtract") return Line{right, -1, *from};
  return std::nullopt;
}

}  // namespace

void join_scalars(Rewriter& rewriter) {
  for (std::size_t index = 0; index < rewriter.operation_count(); ++index) {
    const graph::OperationView operation = rewriter.operation(index);
    if (operation.outputs().size() != 1 || !rewriter.is_float(operation.outputs()[0])) continue;
    std::optional<Line> line = line_of(rewriter, operation);
    if (!line || rewriter.graph().is_constant(line->source) || !rewriter.is_float(line->source)) continue;
    if (rewriter.graph().dims(line->source) != rewriter.graph().dims(operation.outputs()[0])) continue;
    // What is read elsewhere stays the common source that other passes look for.
    if (const auto inner = rewriter.giver(line->source, "linear"); inner && rewriter.has_sole_reader(line->source)) {
      const double alpha = inner->number("alpha"), beta = inner->number("beta");
      line = Line{inner->inputs()[0], alpha * line->alpha, beta * line->alpha + line->beta};
    }
    rewriter.replace(index, "linear", {line->source}, {{"alpha", line->alpha}, {"beta", line->beta}});
  }
}

}  // namespace goldilocks::lowering
