#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

// Windows over the last three dimensions, depth, height and width: the arithmetic of kernels/window.hpp for three axes.
namespace goldilocks::graph {

// A list attribute of three entries, [depth, height, width], each at least 1.
std::array<std::int64_t, 3> triple_attribute(const OperationView& operation, std::string_view name,
                                             std::int64_t fallback);

using Volume = std::array<SpatialWindow, 3>;
// `sizes` and `kernel` by axis. Throws GraphError where a window doesn't fit.
Volume convolution_volume(const OperationView& operation, std::array<std::int64_t, 3> sizes,
                          std::array<std::int64_t, 3> kernel, std::array<std::int64_t, 3> dilations);
Volume deconvolution_volume(const OperationView& operation, std::array<std::int64_t, 3> sizes,
                            std::array<std::int64_t, 3> kernel, std::array<std::int64_t, 3> dilations);

// What meets at an output index along one axis: an index of the kernel and one of the input, which lies inside of it.
struct Tap {
  std::int64_t kernel, input;
};
using Taps = std::vector<std::vector<Tap>>;  // by output index
Taps convolution_taps(const SpatialWindow& window, std::int64_t size, std::int64_t kernel, std::int64_t stride,
                      std::int64_t dilation);
Taps deconvolution_taps(const SpatialWindow& window, std::int64_t size, std::int64_t kernel, std::int64_t stride,
                        std::int64_t dilation);

}  // namespace goldilocks::graph
