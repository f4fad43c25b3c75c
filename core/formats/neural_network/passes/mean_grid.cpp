// With A [height, size] and B [width, size] the shares of the grid's rows and columns in each of the image's, the grid
// G with the least squared difference |M - A G B'| solves (A'A) G (B'B) = A' M B. A value of the image lies between two
// of the grid, so A'A is tridiagonal.
#include "core/formats/neural_network/passes/mean_grid.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/half.hpp"

namespace goldilocks::model {
namespace {

constexpr std::size_t sizes[] = {4, 6, 8, 12, 16, 24, 32};

// Where the values along one side of the image lie in the grid.
class Side {
 public:
  Side(std::size_t image, std::size_t grid) : grid_(grid), diagonal_(grid, 0.0), beside_(grid, 0.0) {
    for (std::size_t i = 0; i < image; ++i) {
      const double place = static_cast<double>(i * (grid - 1)) / static_cast<double>(image - 1);
      const std::size_t cell = std::min(static_cast<std::size_t>(place), grid - 2);
      const double share = place - static_cast<double>(cell);
      cells_.push_back(cell);
      shares_.push_back(share);
      diagonal_[cell] += (1 - share) * (1 - share);
      diagonal_[cell + 1] += share * share;
      beside_[cell] += (1 - share) * share;
    }
  }

  std::size_t cell(std::size_t i) const { return cells_[i]; }
  double share(std::size_t i) const { return shares_[i]; }

  // A' m for the values m along the side, a `stride` apart.
  std::vector<double> project(const double* values, std::size_t stride) const {
    std::vector<double> result(grid_, 0.0);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      result[cells_[i]] += (1 - shares_[i]) * values[i * stride];
      result[cells_[i] + 1] += shares_[i] * values[i * stride];
    }
    return result;
  }

  // Replaces r by the x of (A'A) x = r.
  void solve(std::vector<double>& right) const {
    std::vector<double> diagonal = diagonal_;
    for (std::size_t i = 1; i < grid_; ++i) {
      const double factor = beside_[i - 1] / diagonal[i - 1];
      diagonal[i] -= factor * beside_[i - 1];
      right[i] -= factor * right[i - 1];
    }
    for (std::size_t i = grid_; i-- > 0;) {
      if (i + 1 < grid_) right[i] -= beside_[i] * right[i + 1];
      right[i] /= diagonal[i];
    }
  }

 private:
  std::size_t grid_;
  std::vector<std::size_t> cells_;
  std::vector<double> shares_;
  std::vector<double> diagonal_, beside_;  // of A'A
};

void fit_channel(std::span<const float> image, const Side& rows, const Side& columns, std::size_t height,
                 std::size_t width, MeanGrid& grid) {
  const std::size_t size = grid.size;
  std::vector<double> across(height * size);  // M B (B'B)^-1
  for (std::size_t y = 0; y < height; ++y) {
    const std::vector<double> row(image.begin() + static_cast<std::ptrdiff_t>(y * width),
                                  image.begin() + static_cast<std::ptrdiff_t>((y + 1) * width));
    std::vector<double> fitted = columns.project(row.data(), 1);
    columns.solve(fitted);
    std::ranges::copy(fitted, across.begin() + static_cast<std::ptrdiff_t>(y * size));
  }
  std::vector<float> values(size * size);
  for (std::size_t x = 0; x < size; ++x) {
    std::vector<double> fitted = rows.project(across.data() + x, size);
    rows.solve(fitted);
    for (std::size_t y = 0; y < size; ++y) {
      values[y * size + x] = float_from_half(half_from_double(fitted[y]));
    }
  }
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const float* corner = values.data() + rows.cell(y) * size + columns.cell(x);
      const auto between = [&](const float* at) {
        return (1 - columns.share(x)) * static_cast<double>(at[0]) + columns.share(x) * static_cast<double>(at[1]);
      };
      const double value = (1 - rows.share(y)) * between(corner) + rows.share(y) * between(corner + size);
      const double difference = std::abs(value - static_cast<double>(image[y * width + x]));
      grid.largest_difference = std::max(grid.largest_difference, difference);
    }
  }
  grid.values.insert(grid.values.end(), values.begin(), values.end());
}

}  // namespace

std::optional<MeanGrid> fit_mean_grid(std::span<const float> image, std::size_t channels, std::size_t height,
                                      std::size_t width, double bound) {
  for (const std::size_t size : sizes) {
    if (size >= height || size >= width) return std::nullopt;
    const Side rows(height, size);
    const Side columns(width, size);
    MeanGrid grid{.size = size, .values = {}};
    for (std::size_t channel = 0; channel < channels; ++channel) {
      fit_channel(image.subspan(channel * height * width, height * width), rows, columns, height, width, grid);
    }
    if (grid.largest_difference <= bound) return grid;
  }
  return std::nullopt;
}

}  // namespace goldilocks::model
