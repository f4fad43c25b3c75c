#pragma once

#include "winograd.hpp"

// In which order a run goes through its tiles. Included by code that is compiled for particular processors: nothing
// here may be an inline function that other code shares.
namespace goldilocks::onednn::winograd {

// The tiles go by in strips whose transformed inputs fit a core's second cache, and stay there while all output
// channels are computed from them, a pair of blocks at a time.
struct Schedule {
  std::int64_t tile_rows, tile_columns;
  std::int64_t tiles;        // of all images
  std::int64_t depth;        // input channels, filled up
  std::int64_t point_step;   // floats from one point's inputs to the next's: depth, or more
  std::int64_t strip;        // tiles in a strip
  std::int64_t result_step;  // floats of a tile's products: points * 2 * lanes
};

Schedule schedule_of(const Shape& shape, std::int64_t lanes);

}  // namespace goldilocks::onednn::winograd
