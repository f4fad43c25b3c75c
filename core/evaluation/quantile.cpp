#include "core/evaluation/quantile.hpp"

#include <algorithm>
#include <cstddef>

namespace goldilocks::evaluation {

double sample_quantile(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto index = static_cast<std::size_t>(place);
  const double low = sorted[index];
  const double high = sorted[std::min(index + 1, sorted.size() - 1)];
  const double part = place - static_cast<double>(index);
  // Two infinite ends would give NaN by interpolation.
  return part == 0 || low == high ? low : low + part * (high - low);
}

}  // namespace goldilocks::evaluation
