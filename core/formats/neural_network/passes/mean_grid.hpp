#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace goldilocks::model {

// A smooth image as a bilinear grid whose corners are the image's: value (y, x) lies at y * (size - 1) / (height - 1)
// and x * (size - 1) / (width - 1) of the grid.
struct MeanGrid {
  std::size_t size = 0;           // rows and columns
  std::vector<float> values;      // [channels, size, size], each a float16 number
  double largest_difference = 0;  // from any value of the image
};

// The smallest grid of 4, 6, 8, 12, 16, 24 or 32 rows, fitted to each channel of `image` [channels, height, width] by
// least squares, that is nowhere further from it than `bound`. Nothing where none is, or where none has fewer rows and
// columns than the image.
std::optional<MeanGrid> fit_mean_grid(std::span<const float> image, std::size_t channels, std::size_t height,
                                      std::size_t width, double bound);

}  // namespace goldilocks::model
