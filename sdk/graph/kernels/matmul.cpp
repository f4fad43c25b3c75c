// matmul: products of matrices that lie in the last two dimensions, over all others broadcast. A vector on the left is
// a row, one on the right a column.
//
//      a [..., M, K] (or [..., K, M] transposed)   b [..., K, N] (or [..., N, K] transposed)   y [..., M, N]
#include <algorithm>
#include <array>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"
#include "kernels/takes.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

// One operand: its dimensions before the matrix, and how to walk through the matrix.
struct Operand {
  Dims batch;
  std::int64_t rows, columns;
  std::int64_t row_stride, column_stride;

  std::size_t size() const { return static_cast<std::size_t>(rows * columns); }
};

// A vector keeps its meaning when it is transposed: it is a row on the left and a column on the right before that.
Operand operand(const OperationView& operation, std::span<const std::int64_t> dims, bool left) {
  if (dims.empty()) operation.fail("a scalar can't be multiplied as a matrix");
  Dims matrix(dims.begin(), dims.end());
  if (matrix.size() == 1) matrix.insert(left ? matrix.begin() : matrix.end(), 1);
  Operand result;
  result.columns = matrix.back();
  result.rows = matrix[matrix.size() - 2];
  result.batch.assign(matrix.begin(), matrix.end() - 2);
  result.row_stride = result.columns;
  result.column_stride = 1;
  if (operation.integer(left ? "transpose_a" : "transpose_b", 0) != 0) {
    std::swap(result.rows, result.columns);
    std::swap(result.row_stride, result.column_stride);
  }
  return result;
}

// Sums are float64.
template <class Element>
void multiply(const Operand& left, const Element* a, const Operand& right, const Element* b, Element* y) {
  for (std::int64_t row = 0; row < left.rows; ++row) {
    for (std::int64_t column = 0; column < right.columns; ++column) {
      double sum = 0;
      for (std::int64_t k = 0; k < left.columns; ++k) {
        sum += static_cast<double>(a[row * left.row_stride + k * left.column_stride]) *
               static_cast<double>(b[k * right.row_stride + column * right.column_stride]);
      }
      *y++ = from_double<Element>(sum);
    }
  }
}

// Where each matrix of an operand lies, in the order of the results.
std::vector<std::size_t> places(const Dims& batch, const Operand& operand) {
  std::vector<std::size_t> result(static_cast<std::size_t>(element_count(batch)));
  for_each_broadcast(batch, operand.batch,
                     [&](std::size_t element, std::size_t source) { result[element] = source * operand.size(); });
  return result;
}

void run_matmul(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const Operand left = operand(operation, inputs[0].dims, true);
  const Operand right = operand(operation, inputs[1].dims, false);
  const Dims batch(outputs[0].dims.begin(), outputs[0].dims.end() - 2);
  const std::vector<std::size_t> a = places(batch, left);
  const std::vector<std::size_t> b = places(batch, right);
  const auto size = static_cast<std::size_t>(left.rows * right.columns);
  visit_number_type(outputs[0].type, [&](auto element) {
    using Element = decltype(element);
    for (std::size_t index = 0; index < a.size(); ++index) {
      multiply<Element>(left, inputs[0].elements<Element>().data() + a[index], right,
                        inputs[1].elements<Element>().data() + b[index],
                        outputs[0].elements<Element>().data() + index * size);
    }
  });
}

std::vector<Dims> infer_matmul(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  const Operand left = operand(operation, inputs[0], true);
  const Operand right = operand(operation, inputs[1], false);
  if (left.columns != right.rows) {
    operation.fail("matrices of " + std::to_string(left.columns) + " columns and " + std::to_string(right.rows) +
                   " rows can't be multiplied: " + to_text(inputs[0]) + " and " + to_text(inputs[1]));
  }
  const std::array batches = {left.batch, right.batch};
  Dims out = broadcast_shape(operation, batches);
  out.insert(out.end(), {left.rows, right.columns});
  return {out};
}

constexpr std::array list = {Kernel{"matmul", infer_matmul, run_matmul, nullptr, nullptr, takes_numbers}};

}  // namespace

std::span<const Kernel> matmul_kernels() { return list; }

}  // namespace goldilocks::graph
