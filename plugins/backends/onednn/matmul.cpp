// Products of matrices in the last two dimensions, the others broadcast: all tensors are row-major, and a transposed
// one is told by its strides.
#include <algorithm>
#include <utility>

#include "makers.hpp"

namespace goldilocks::onednn {
namespace {

// An operand with `rank` dimensions: 1 in the place of those that it doesn't have, the matrix's two in the order in
// which they are multiplied.
dnnl::memory::desc describe(const graph::Dims& dims, bool left, bool transposed, std::size_t rank) {
  graph::Dims filled = dims;
  if (filled.size() == 1) filled.insert(left ? filled.begin() : filled.end(), 1);
  filled.insert(filled.begin(), rank - filled.size(), 1);
  dnnl::memory::dims strides(rank, 1);
  for (std::size_t axis = rank - 1; axis > 0; --axis) strides[axis - 1] = strides[axis] * filled[axis];
  if (transposed) {
    std::swap(filled[rank - 2], filled[rank - 1]);
    std::swap(strides[rank - 2], strides[rank - 1]);
  }
  return {filled, dnnl::memory::data_type::f32, strides};
}

}  // namespace

bool add_matmul(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::uint32_t left = operation.inputs()[0];
  const std::uint32_t right = operation.inputs()[1];
  const graph::Dims& result = builder.dims(group.output);
  if (result.size() > DNNL_MAX_NDIMS) return false;
  const dnnl::memory::desc a =
      describe(builder.dims(left), true, operation.integer("transpose_a", 0) != 0, result.size());
  const dnnl::memory::desc b =
      describe(builder.dims(right), false, operation.integer("transpose_b", 0) != 0, result.size());
  const dnnl::memory::desc y = describe(result, true, false, result.size());
  const auto description = try_describe([&] {
    return dnnl::matmul::primitive_desc(dnnl::matmul::desc(a, b, y), primitive_attributes(group.activation),
                                        builder.context().engine);
  });
  if (!description) return false;
  PrimitiveStep step = make_step<dnnl::matmul>(operation, *description);
  const SlotId from = builder.read(left, Layout::plain);
  const SlotId by = builder.read(right, Layout::plain);
  const SlotId to = builder.write(group.output, Layout::plain);
  step.arguments = {{DNNL_ARG_SRC, from, a}, {DNNL_ARG_WEIGHTS, by, b}, {DNNL_ARG_DST, to, y}};
  builder.add(std::move(step));
  return true;
}

}  // namespace goldilocks::onednn
