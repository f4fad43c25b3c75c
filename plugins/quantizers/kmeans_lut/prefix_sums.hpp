#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "distinct_points.hpp"

namespace goldilocks::kmeans {

// Sums over all points before each of the positions 0..size, in float64: of the weights, of weight * value and of
// weight * value^2. Only differences between positions have a meaning: both the origin of the values and the position
// where the sums are zero lie at the median, so that a few far outliers, at either end, don't cost the many values near
// the middle their precision.
//
// Squares are kept for every eighth position, and what is between is added up when it is asked for: a search needs them
// rarely. Sums take 9 bytes for each point, and 8 more where the points have importance.
class PrefixSums {
 public:
  // Behind the last position the arrays of weights and sums go on for so many entries that repeat it.
  static constexpr std::size_t padding = DistinctPoints::padding;
  static constexpr std::size_t stride = 8;  // of the positions whose squares are kept

  // Of all positions. `points` must outlive the object.
  explicit PrefixSums(const DistinctPoints& points);

  // Of every `factor`-th position and the last one: a coarse problem, of which any partition is one of `fine` too.
  // `factor` is a multiple of `stride`; `fine` has all positions or is coarse itself. It can be destroyed afterwards.
  PrefixSums(const PrefixSums& fine, std::size_t factor);

  std::size_t positions() const { return sums_.size() - padding; }

  double weight(std::size_t position) const { return is_counted() ? counts()[position] : weights_[position]; }
  double sum(std::size_t position) const { return sums_[position]; }
  double squares(std::size_t position) const;

  // Not less than squares(last) - squares(begin), begin <= last, and never more than a few positions' worth above.
  double squares_bound(std::size_t begin, std::size_t last) const {
    return squares_[(last + stride_ - 1) / stride_] - squares_[begin / stride_];
  }

  // The arrays by position: weights are either whole numbers, all below 2^31, or float64.
  bool is_counted() const { return weights_.empty(); }
  const std::int32_t* counts() const { return points_ != nullptr ? points_->counts_before.data() : counts_.data(); }
  const double* weights() const { return weights_.data(); }
  const double* sums() const { return sums_.data(); }

 private:
  const DistinctPoints* points_ = nullptr;  // null where the problem is coarse
  double origin_ = 0;
  std::size_t stride_;
  std::vector<std::int32_t> counts_;  // of a coarse problem; else they are the points'
  std::vector<double> weights_;       // empty where points are counted
  std::vector<double> sums_;
  std::vector<double> squares_;  // of every stride_-th position and the last one
};

}  // namespace goldilocks::kmeans
