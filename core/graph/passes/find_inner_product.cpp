// Products with a constant matrix are inner products, and a bias that is added to one is part of it:
//
//      add(matmul(x, weight), bias)  ->  inner_product(x, transposed weight, bias)
#include <optional>

#include "core/graph/passes/passes.hpp"

namespace goldilocks::lowering {
namespace {

void replace_matmul(Rewriter& rewriter, std::size_t index) {
  const graph::OperationView operation = rewriter.operation(index);
  GraphBuilder& graph = rewriter.graph();
  const std::uint32_t x = operation.inputs()[0];
  std::uint32_t weight = operation.inputs()[1];
  if (graph.is_constant(x) || !graph.is_constant(weight) || !rewriter.is_float(x)) return;
  if (graph.dims(weight).size() != 2 || graph.dims(x).size() < 2 || operation.integer("transpose_a", 0) != 0) return;
  if (operation.integer("transpose_b", 0) == 0) {
    const std::size_t before = rewriter.operation_count();
    weight = rewriter.insert(index, "transpose", {weight}, {{"axes", std::vector<std::int64_t>{1, 0}}}, GLK_FLOAT32);
    if (!graph.is_constant(weight)) return;  // too large to be computed here; the transpose stays, and nobody reads it
    index += rewriter.operation_count() - before;
  }
  rewriter.replace(index, "inner_product", {x, weight}, {});
}

// The value as a vector of `count`, if it is a constant that varies along the last axis alone.
std::optional<std::uint32_t> vector_of(Rewriter& rewriter, std::size_t index, std::uint32_t value, std::int64_t count) {
  GraphBuilder& graph = rewriter.graph();
  if (!graph.is_constant(value) || !rewriter.is_float(value) || graph.dims(value).empty()) return std::nullopt;
  if (graph.dims(value).back() != count || graph::element_count(graph.dims(value)) != count) return std::nullopt;
  if (graph.dims(value).size() == 1) return value;
  const std::uint32_t vector = rewriter.insert(index, "reshape", {value}, {{"shape", Dims{count}}}, GLK_FLOAT32);
  return graph.is_constant(vector) ? std::optional(vector) : std::nullopt;
}

void join_bias(Rewriter& rewriter, std::size_t index) {
  const graph::OperationView add = rewriter.operation(index);
  if (add.inputs().size() != 2) return;
  for (const std::size_t side : {0U, 1U}) {
    const std::uint32_t y = add.inputs()[side];
    const auto product = rewriter.giver(y, "inner_product");
    if (!product || product->has_input(2) || product->integer("input_axes", 1) != 1) continue;
    if (!rewriter.has_sole_reader(y) || rewriter.graph().dims(y) != rewriter.graph().dims(add.outputs()[0])) continue;
    const auto bias = vector_of(rewriter, index, add.inputs()[1 - side], rewriter.graph().dims(y).back());
    if (!bias) continue;
    rewriter.replace(*rewriter.giver(add.outputs()[0]), "inner_product",
                     {product->inputs()[0], product->inputs()[1], *bias}, {});
    return;
  }
}

}  // namespace

void find_inner_product(Rewriter& rewriter) {
  for (std::size_t index = 0; index < rewriter.operation_count(); ++index) {
    if (rewriter.operation(index).type() == "matmul") replace_matmul(rewriter, index);
    if (rewriter.operation(index).type() == "add") join_bias(rewriter, index);
  }
}

}  // namespace goldilocks::lowering
