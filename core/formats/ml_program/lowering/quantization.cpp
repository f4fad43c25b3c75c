// Values to codes and back, by a scale and a zero point for all or for each place along an axis.
#include <array>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

Node along_axis(Op& op, Node parameter, Node x) {
  const Node wide = op.cast(parameter, GLK_FLOAT32);
  if (op.rank(parameter) == 0 || !op.has("axis")) return wide;
  Dims shape(op.rank(x), 1);
  shape[static_cast<std::size_t>(op.axis(op.integer("axis"), op.rank(x)))] = op.dims(parameter)[0];
  return op.reshape(wide, shape);
}

void lower_quantize(Op& op) {
  const Node x = op.input("input");
  Node codes = op.add("round", {op.add("divide", {x, along_axis(op, op.input("scale"), x)})});
  if (op.has("zero_point")) codes = op.add("add", {codes, along_axis(op, op.input("zero_point"), x)});
  // The cast limits them to the type's range.
  op.give(codes);
}

void lower_dequantize(Op& op) {
  const Node codes = op.input("input");
  Node x = op.cast(codes, GLK_FLOAT32);
  if (op.has("zero_point")) x = op.add("subtract", {x, along_axis(op, op.input("zero_point"), codes)});
  op.give(op.add("multiply", {x, along_axis(op, op.input("scale"), codes)}));
}

constexpr std::array quantization_rows = {
    LoweringRow{"dequantize", lower_dequantize},
    LoweringRow{"quantize", lower_quantize},
};

}  // namespace

std::span<const LoweringRow> quantization_lowerings() { return quantization_rows; }

}  // namespace goldilocks::ml_program
