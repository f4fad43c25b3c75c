// Products of matrices, and what is written with them.
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

Node product(Op& op, Node a, Node b, bool transpose_a, bool transpose_b) {
  return op.add(
      "matmul", {a, b},
      {{"transpose_a", std::int64_t{transpose_a ? 1 : 0}}, {"transpose_b", std::int64_t{transpose_b ? 1 : 0}}});
}

// Vectors are matrices of one row (x) or column (y), which goes again.
void lower_matmul(Op& op) {
  Node x = op.input("x");
  Node y = op.input("y");
  const bool row = op.rank(x) == 1, column = op.rank(y) == 1;
  if (row) x = op.reshape(x, {1, op.dims(x)[0]});
  if (column) y = op.reshape(y, {op.dims(y)[0], 1});
  const Node z = product(op, x, y, op.flag("transpose_x"), op.flag("transpose_y"));
  Dims shape = op.dims(z);
  if (row) shape.erase(shape.end() - 2);
  if (column) shape.pop_back();
  op.give(op.reshape(z, shape));
}

void lower_linear(Op& op) {
  const Node x = op.input("x");
  const Node weight = op.input("weight");
  const Node bias = op.input_or_none("bias");
  if (op.type(x) == GLK_FLOAT32) {
    Nodes inputs = {x, weight};
    if (bias != GLK_NO_VALUE) inputs.push_back(bias);
    return op.give(op.add("inner_product", std::move(inputs)));
  }
  const Node row = op.rank(x) == 1 ? op.reshape(x, {1, op.dims(x)[0]}) : x;
  Node y = product(op, row, weight, false, true);
  if (bias != GLK_NO_VALUE) y = op.add("add", {y, bias});
  op.give(y);
}

// nchw,nwhu->nchu, or the same without n: for each h the product of [c, w] and [w, u].
void lower_einsum(Op& op) {
  const Nodes values = op.inputs("values");
  const bool batch = op.rank(values.at(0)) == 4;
  const Node a =
      op.transpose(values[0], batch ? std::vector<std::int64_t>{0, 2, 1, 3} : std::vector<std::int64_t>{1, 0, 2});
  const Node b =
      op.transpose(values.at(1), batch ? std::vector<std::int64_t>{0, 2, 1, 3} : std::vector<std::int64_t>{1, 0, 2});
  const Node y = product(op, a, b, false, false);
  op.give(op.transpose(y, batch ? std::vector<std::int64_t>{0, 2, 1, 3} : std::vector<std::int64_t>{1, 0, 2}));
}

// softmax(q k^T / sqrt(E) + mask) v
void lower_scaled_dot_product_attention(Op& op) {
  const Node query = op.input("query");
  const double length = static_cast<double>(op.dims(query).back());
  Node scores = product(op, query, op.input("key"), false, true);
  scores = op.add("linear", {scores}, {{"alpha", 1 / std::sqrt(length)}, {"beta", 0.0}});
  if (op.has("attn_mask")) {
    Node mask = op.input("attn_mask");
    if (op.type(mask) == GLK_BOOL) {
      const Node nothing = op.scalar(GLK_FLOAT32, 0);
      mask = op.add_as(GLK_FLOAT32, "where",
                       {mask, nothing, op.scalar(GLK_FLOAT32, -std::numeric_limits<double>::infinity())});
    }
    scores = op.add("add", {scores, mask});
  }
  const Node weights = op.add("softmax", {scores}, {{"axis", std::int64_t{-1}}});
  op.give(product(op, weights, op.input("value"), false, false));
}

constexpr std::array matrix_rows = {
    LoweringRow{"einsum", lower_einsum},
    LoweringRow{"linear", lower_linear},
    LoweringRow{"matmul", lower_matmul},
    LoweringRow{"scaled_dot_product_attention", lower_scaled_dot_product_attention},
};

}  // namespace

std::span<const LoweringRow> matrix_lowerings() { return matrix_rows; }

}  // namespace goldilocks::ml_program
