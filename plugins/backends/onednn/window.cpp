#include "window.hpp"

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

}  // namespace goldilocks::onednn
