#include "core/evaluation/divergence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace goldilocks::evaluation {

double mean_divergence(const Scores& baseline, const Scores& scores) {
  if (baseline.classes != scores.classes || baseline.values.size() != scores.values.size()) {
    throw std::invalid_argument("scores to compare have different shapes");
  }
  if (baseline.samples() == 0) return 0;
  constexpr double least = std::numeric_limits<float>::min();
  double sum = 0;
  for (std::size_t i = 0; i < baseline.values.size(); ++i) {
    const auto p = static_cast<double>(baseline.values[i]);
    const auto q = static_cast<double>(scores.values[i]);
    if (std::isnan(p) || std::isnan(q)) return std::numeric_limits<double>::infinity();
    if (p > 0) sum += p * std::log(p / std::max(q, least));
  }
  return sum / static_cast<double>(baseline.samples());
}

}  // namespace goldilocks::evaluation
