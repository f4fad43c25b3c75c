#include "magnitude_masks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <goldilocks/zero_point.hpp>

namespace goldilocks::prune {
namespace {

double rounded(const Matrix& matrix, double value) {
  return static_cast<double>(matrix.in_half ? affine::round_to_half(value) : static_cast<float>(value));
}

// The percentile of the numbers as numpy interpolates it: the difference of the two neighbours is of their type, the
// rest float64, and the result of their type again.
double percentile(const Matrix& matrix, std::vector<float> numbers, double share) {
  const double quantile = share * 100 / 100;
  const double position = static_cast<double>(numbers.size() - 1) * quantile;
  const auto lower = std::min(static_cast<std::size_t>(position), numbers.size() - 1);
  const double part = position - std::floor(position);
  const auto nth = numbers.begin() + static_cast<std::ptrdiff_t>(lower);
  std::nth_element(numbers.begin(), nth, numbers.end());
  const auto low = static_cast<double>(*nth);
  const auto next = std::min_element(nth + 1, numbers.end());
  const double high = next == numbers.end() ? low : static_cast<double>(*next);
  const double difference = rounded(matrix, high - low);
  return rounded(matrix, part < 0.5 ? low + difference * part : high - difference * (1 - part));
}

// Calls visit(index of the matrix) for the entries of each line along the axis, in order.
template <class Visit>
void for_each_line(const Matrix& matrix, std::size_t axis, const Visit& visit) {
  const std::size_t lines = axis == 0 ? matrix.columns : matrix.rows;
  const std::size_t length = axis == 0 ? matrix.rows : matrix.columns;
  std::vector<std::size_t> line(length);
  for (std::size_t i = 0; i < lines; ++i) {
    for (std::size_t position = 0; position < matrix.positions; ++position) {
      for (std::size_t j = 0; j < length; ++j) {
        line[j] = axis == 0 ? matrix.index(j, i, position) : matrix.index(i, j, position);
      }
      visit(std::span<const std::size_t>(line));
    }
  }
}

}  // namespace

Mask keep_largest(const Matrix& matrix, double share) {
  Mask mask(matrix.values.size(), share < 1 ? 1 : 0);
  if (share <= 0 || share >= 1) return mask;
  std::vector<float> magnitudes(matrix.values.size());
  std::ranges::transform(matrix.values, magnitudes.begin(), [](float value) { return std::fabs(value); });
  const double cut = percentile(matrix, std::move(magnitudes), share);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    mask[i] = static_cast<double>(std::fabs(matrix.values[i])) <= cut ? 0 : 1;
  }
  return mask;
}

Mask keep_largest_blocks(const Matrix& matrix, double share, std::size_t size, std::size_t axis) {
  Mask mask(matrix.values.size(), share < 1 ? 1 : 0);
  if (share <= 0 || share >= 1) return mask;
  std::vector<float> norms(matrix.values.size());
  for_each_line(matrix, axis, [&](std::span<const std::size_t> line) {
    for (std::size_t begin = 0; begin < line.size(); begin += size) {
      const auto run = line.subspan(begin, std::min(size, line.size() - begin));
      double sum = 0;
      for (const std::size_t i : run) {
        const auto value = static_cast<double>(matrix.values[i]);
        sum = rounded(matrix, sum + rounded(matrix, value * value));
      }
      const auto norm = static_cast<float>(rounded(matrix, std::sqrt(sum)));
      for (const std::size_t i : run) norms[i] = norm;
    }
  });
  const double cut = percentile(matrix, norms, share);
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = static_cast<double>(norms[i]) <= cut ? 0 : 1;
  return mask;
}

Mask keep_all_but_n_of_m(const Matrix& matrix, std::size_t n, std::size_t m, std::size_t axis) {
  Mask mask(matrix.values.size(), 1);
  std::vector<std::size_t> order(m);
  for_each_line(matrix, axis, [&](std::span<const std::size_t> line) {
    for (std::size_t begin = 0; begin < line.size(); begin += m) {
      const auto run = line.subspan(begin, std::min(m, line.size() - begin));
      const auto magnitude = [&](std::size_t i) { return i < run.size() ? std::fabs(matrix.values[run[i]]) : 0.0F; };
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return magnitude(a) < magnitude(b); });
      for (std::size_t i = 0; i < n; ++i) {
        if (order[i] < run.size()) mask[run[order[i]]] = 0;
      }
    }
  });
  return mask;
}

}  // namespace goldilocks::prune
