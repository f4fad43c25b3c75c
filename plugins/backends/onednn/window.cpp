#include "window.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::onednn {

Window window_of(const PlanBuilder& builder, const graph::OperationView& operation, bool transposed) {
  static constexpr std::int64_t ones[] = {1, 1};
  const graph::Dims& weight = builder.dims(operation.inputs()[1]);
  const std::span<const std::int64_t> strides = operation.integers("strides", ones);
  const std::span<const std::int64_t> dilations = operation.integers("dilations", ones);
  Window window;
  window.input = builder.image(operation.inputs()[0]);
  window.output = builder.image(operation.outputs()[0]);
  window.groups = operation.integer("groups", 1);
  window.kernel = {weight[2], weight[3]};
  window.strides.assign(strides.begin(), strides.end());
  for (const std::int64_t dilation : dilations) window.dilations.push_back(transposed ? 0 : dilation - 1);
  const std::int64_t sizes[] = {window.input.h, window.input.w};
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t kernel = window.kernel[static_cast<std::size_t>(axis)];
    const graph::SpatialWindow reach = transposed ? graph::deconvolution_window(operation, axis, sizes[axis], kernel)
                                                  : graph::convolution_window(operation, axis, sizes[axis], kernel);
    window.before.push_back(reach.before);
    window.after.push_back(reach.after);
  }
  return window;
}

std::optional<Pool> pool_of(const graph::OperationView& operation, const ImageDims& input) {
  Pool pool;
  const std::int64_t sizes[] = {input.h, input.w};
  for (int axis = 0; axis < 2; ++axis) {
    const graph::SpatialWindow window = graph::pooling_window(operation, axis, sizes[axis]);
    const std::int64_t kernel = graph::pooling_kernel(operation, axis, sizes[axis]);
    const std::int64_t stride = graph::pooling_stride(operation, axis);
    const std::int64_t needed = (window.output - 1) * stride + kernel - sizes[axis] - window.before;
    const std::int64_t after = std::max(window.after, needed);
    if (window.before >= kernel || needed >= kernel) return std::nullopt;
    // What the last window doesn't reach needs no padding, and more than a kernel of it is refused.
    pool.after.push_back(std::min(after, std::max<std::int64_t>(needed, 0)));
    pool.before.push_back(window.before);
    pool.kernel.push_back(kernel);
    pool.strides.push_back(stride);
    pool.within = pool.within && needed <= window.after;
  }
  return pool;
}

}  // namespace goldilocks::onednn
