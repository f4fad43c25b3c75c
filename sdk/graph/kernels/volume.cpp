// Windows along three axes, each on its own:
//
//   explicit     output = floor((size + before + after - extent) / stride) + 1; of a deconvolution what its products
//                reach, (size - 1) * stride + extent, less before and after
//   same_*       output = ceil(size / stride), with as much padding as the last window needs; of a deconvolution
//                size * stride, with as much cropped as is more than that
//   output_shape of a deconvolution: as much is cropped as is more than that, the odd one at the end
//
// where extent = (kernel - 1) * dilation + 1.
#include "kernels/volume.hpp"

#include <algorithm>
#include <string>

#include "kernels/checks.hpp"

namespace goldilocks::graph {
namespace {

using Triple = std::array<std::int64_t, 3>;

constexpr std::int64_t largest_pad = std::int64_t{1} << 32;

std::string_view padding_of(const OperationView& operation) {
  const std::string_view padding = operation.text("padding", "explicit");
  check_choice(operation, "padding", padding, {"explicit", "same_upper", "same_lower"});
  return padding;
}

// Before and after the axis.
std::array<std::int64_t, 2> pads_of(const OperationView& operation, std::size_t axis) {
  if (!operation.has_attribute("pads")) return {0, 0};
  const std::span<const std::int64_t> pads = operation.integers("pads");
  if (pads.size() != 6) operation.fail("pads must have six entries");
  for (const std::int64_t pad : pads) {
    if (pad < 0 || pad > largest_pad) operation.fail("pads can't have " + std::to_string(pad));
  }
  return {pads[axis * 2], pads[axis * 2 + 1]};
}

void share(SpatialWindow& window, std::int64_t total, std::string_view padding) {
  window.before = padding == "same_lower" ? total - total / 2 : total / 2;
  window.after = total - window.before;
}

}  // namespace

Triple triple_attribute(const OperationView& operation, std::string_view name, std::int64_t fallback) {
  if (!operation.has_attribute(name)) return {fallback, fallback, fallback};
  const std::span<const std::int64_t> entries = operation.integers(name);
  if (entries.size() != 3) operation.fail(std::string(name) + " must have three entries");
  for (const std::int64_t entry : entries) {
    if (entry < 1 || entry > largest_tensor) {
      operation.fail(std::string(name) + " can't be " + std::to_string(entry));
    }
  }
  return {entries[0], entries[1], entries[2]};
}

Volume convolution_volume(const OperationView& operation, Triple sizes, Triple kernel, Triple dilations) {
  const std::string_view padding = padding_of(operation);
  const Triple strides = triple_attribute(operation, "strides", 1);
  Volume volume;
  for (std::size_t axis = 0; axis < volume.size(); ++axis) {
    SpatialWindow& window = volume[axis];
    const std::int64_t extent = checked_product(operation, kernel[axis] - 1, dilations[axis]) + 1;
    if (padding != "explicit") {
      window.output = (sizes[axis] + strides[axis] - 1) / strides[axis];
      share(window, std::max<std::int64_t>(0, (window.output - 1) * strides[axis] + extent - sizes[axis]), padding);
      continue;
    }
    const std::array<std::int64_t, 2> pads = pads_of(operation, axis);
    window.before = pads[0];
    window.after = pads[1];
    const std::int64_t room = sizes[axis] + pads[0] + pads[1] - extent;
    if (room < 0) {
      operation.fail("a window of " + std::to_string(extent) + " doesn't fit into " + std::to_string(room + extent) +
                     ", padding included");
    }
    window.output = room / strides[axis] + 1;
  }
  return volume;
}

Volume deconvolution_volume(const OperationView& operation, Triple sizes, Triple kernel, Triple dilations) {
  const std::string_view padding = padding_of(operation);
  const Triple strides = triple_attribute(operation, "strides", 1);
  const bool stated = operation.has_attribute("output_shape");
  const Triple shape = triple_attribute(operation, "output_shape", 1);
  Volume volume;
  for (std::size_t axis = 0; axis < volume.size(); ++axis) {
    SpatialWindow& window = volume[axis];
    const std::int64_t full = checked_product(operation, sizes[axis] - 1, strides[axis]) +
                              checked_product(operation, kernel[axis] - 1, dilations[axis]) + 1;
    if (stated) {
      window.output = shape[axis];
      window.before = std::max<std::int64_t>(0, full - window.output) / 2;
    } else if (padding != "explicit") {
      window.output = checked_product(operation, sizes[axis], strides[axis]);
      share(window, std::max<std::int64_t>(0, full - window.output), padding);
    } else {
      const std::array<std::int64_t, 2> pads = pads_of(operation, axis);
      window.before = pads[0];
      window.output = full - pads[0] - pads[1];
      if (window.output < 1) operation.fail("the padding crops all " + std::to_string(full) + " values of an axis");
    }
    window.after = full - window.before - window.output;
  }
  return volume;
}

Taps convolution_taps(const SpatialWindow& window, std::int64_t size, std::int64_t kernel, std::int64_t stride,
                      std::int64_t dilation) {
  Taps taps(static_cast<std::size_t>(window.output));
  for (std::size_t at = 0; at < taps.size(); ++at) {
    // From the first index that doesn't lie in the padding: a pool's kernel may be far larger than the input.
    const std::int64_t start = static_cast<std::int64_t>(at) * stride - window.before;
    const std::int64_t first = start < 0 ? (dilation - 1 - start) / dilation : 0;
    for (std::int64_t k = first; k < kernel && start + k * dilation < size; ++k) {
      taps[at].push_back({k, start + k * dilation});
    }
  }
  return taps;
}

Taps deconvolution_taps(const SpatialWindow& window, std::int64_t size, std::int64_t kernel, std::int64_t stride,
                        std::int64_t dilation) {
  Taps taps(static_cast<std::size_t>(window.output));
  for (std::size_t at = 0; at < taps.size(); ++at) {
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t scaled = static_cast<std::int64_t>(at) + window.before - k * dilation;
      if (scaled >= 0 && scaled % stride == 0 && scaled / stride < size) taps[at].push_back({k, scaled / stride});
    }
  }
  return taps;
}

}  // namespace goldilocks::graph
