#pragma once

#include <array>
#include <cstdint>

#include <goldilocks/graph/kernel.hpp>

// A pool with its attributes resolved for an input of a size.
namespace goldilocks::graph {

struct PoolWindows {
  std::array<std::int64_t, 2> kernel;
  std::array<std::int64_t, 2> stride;
  std::array<SpatialWindow, 2> axis;  // height, width
};
PoolWindows pool_windows(const OperationView& operation, std::int64_t height, std::int64_t width);

}  // namespace goldilocks::graph
