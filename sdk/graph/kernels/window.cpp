// How many windows fit along an axis, and where the first begins.
//
//   explicit     output = floor((size + before + after - kernel) / stride) + 1
//   same_*       output = ceil(size / stride), and as much padding as the last window needs
//   pools that round up take ceil instead of floor, but leave out a last window that would begin beyond the padded
//   input
#include "kernels/window.hpp"

#include <algorithm>
#include <string>

#include "kernels/checks.hpp"

namespace goldilocks::graph {
namespace {

enum class Padding { explicit_pads, same_upper, same_lower };

Padding padding_mode(const OperationView& operation) {
  const std::string_view text = operation.text("padding", "explicit");
  check_choice(operation, "padding", text, {"explicit", "same_upper", "same_lower"});
  if (text == "same_upper") return Padding::same_upper;
  return text == "same_lower" ? Padding::same_lower : Padding::explicit_pads;
}

// `total` rows of padding, the odd one at the end (upper) or at the beginning (lower).
void share_padding(SpatialWindow& window, std::int64_t total, Padding mode) {
  window.before = mode == Padding::same_lower ? total - total / 2 : total / 2;
  window.after = total - window.before;
}

// Windows along the padded input. `extent` is what one window covers, dilation included.
SpatialWindow slide(const OperationView& operation, int axis, std::int64_t size, std::int64_t extent,
                    std::int64_t stride) {
  SpatialWindow window;
  const Padding mode = padding_mode(operation);
  if (mode != Padding::explicit_pads) {
    window.output = (size + stride - 1) / stride;
    share_padding(window, std::max<std::int64_t>(0, (window.output - 1) * stride + extent - size), mode);
    return window;
  }
  const std::array<std::int64_t, 4> pads = edges_attribute(operation, "pads");
  window.before = pads[static_cast<std::size_t>(axis) * 2];
  window.after = pads[static_cast<std::size_t>(axis) * 2 + 1];
  const std::int64_t room = size + window.before + window.after - extent;
  if (room < 0) {
    operation.fail("a window of " + std::to_string(extent) + " doesn't fit into " + std::to_string(room + extent) +
                   (axis == 0 ? " rows" : " columns") + ", padding included");
  }
  window.output = room / stride + 1;
  return window;
}

bool is_global(const OperationView& operation) { return operation.integer("global", 0) != 0; }

}  // namespace

SpatialWindow convolution_window(const OperationView& operation, int axis, std::int64_t size, std::int64_t kernel) {
  const auto at = static_cast<std::size_t>(axis);
  const std::int64_t dilation = pair_attribute(operation, "dilations", 1)[at];
  const std::int64_t extent = checked_product(operation, kernel - 1, dilation) + 1;
  return slide(operation, axis, size, extent, pair_attribute(operation, "strides", 1)[at]);
}

SpatialWindow deconvolution_window(const OperationView& operation, int axis, std::int64_t size, std::int64_t kernel) {
  const auto at = static_cast<std::size_t>(axis);
  const std::int64_t stride = pair_attribute(operation, "strides", 1)[at];
  // Everything that the input's products reach, before cropping.
  const std::int64_t full = checked_product(operation, size - 1, stride) + kernel;
  const Padding mode = padding_mode(operation);
  SpatialWindow window;
  if (operation.has_attribute("output_shape")) {
    window.output = pair_attribute(operation, "output_shape", 0)[at];
    window.before = std::max<std::int64_t>(0, full - window.output) / 2;
  } else if (mode != Padding::explicit_pads) {
    window.output = checked_product(operation, size, stride);
    share_padding(window, std::max<std::int64_t>(0, full - window.output), mode);
  } else {
    const std::array<std::int64_t, 4> pads = edges_attribute(operation, "pads");
    window.before = pads[at * 2];
    window.output = full - window.before - pads[at * 2 + 1];
    if (window.output < 1) {
      operation.fail("the padding crops all " + std::to_string(full) + (axis == 0 ? " rows" : " columns"));
    }
  }
  window.after = full - window.before - window.output;
  return window;
}

std::int64_t pooling_kernel(const OperationView& operation, int axis, std::int64_t size) {
  return is_global(operation) ? size : pair_attribute(operation, "kernel", 1)[static_cast<std::size_t>(axis)];
}

std::int64_t pooling_stride(const OperationView& operation, int axis) {
  return is_global(operation) ? 1 : pair_attribute(operation, "strides", 1)[static_cast<std::size_t>(axis)];
}

SpatialWindow pooling_window(const OperationView& operation, int axis, std::int64_t size) {
  if (is_global(operation)) return {1, 0, 0};
  const std::int64_t kernel = pooling_kernel(operation, axis, size);
  const std::int64_t stride = pooling_stride(operation, axis);
  SpatialWindow window = slide(operation, axis, size, kernel, stride);
  if (operation.integer("round_up", 0) == 0 || padding_mode(operation) != Padding::explicit_pads) return window;
  const std::array<std::int64_t, 4> pads = edges_attribute(operation, "pads");
  const bool padded = std::ranges::any_of(pads, [](std::int64_t pad) { return pad > 0; });
  window.output = (size + window.before + window.after - kernel + stride - 1) / stride + 1;
  if (padded && (window.output - 1) * stride >= size + window.before) --window.output;
  return window;
}

PoolWindows pool_windows(const OperationView& operation, std::int64_t height, std::int64_t width) {
  return {{pooling_kernel(operation, 0, height), pooling_kernel(operation, 1, width)},
          {pooling_stride(operation, 0), pooling_stride(operation, 1)},
          {pooling_window(operation, 0, height), pooling_window(operation, 1, width)}};
}

}  // namespace goldilocks::graph
