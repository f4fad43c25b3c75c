#include "prefix_sums.hpp"

#include <algorithm>

namespace goldilocks::kmeans {
namespace {

// A sum that carries what each addition rounds off (Knuth's two-sum), so that a hundred million terms lose no more than
// one does.
class CompensatedSum {
 public:
  void add(double term) {
    const double next = sum_ + term;
    const double back = next - sum_;
    lost_ += (sum_ - (next - back)) + (term - back);
    sum_ = next;
  }
  double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

struct RunningSums {
  CompensatedSum weight, sum, squares;

  void add(double point_weight, double value) {
    weight.add(point_weight);
    sum.add(point_weight * value);
    squares.add(point_weight * value * value);
  }
};

std::size_t entries_of(std::size_t last, std::size_t step) { return (last + step - 1) / step + 1; }

}  // namespace

PrefixSums::PrefixSums(const DistinctPoints& points) : points_(&points), stride_(stride) {
  const std::size_t size = points.size();
  sums_.resize(size + 1 + padding);
  squares_.resize(entries_of(size, stride_));
  if (!points.is_counted()) weights_.resize(sums_.size());
  if (size == 0) return;
  const auto store = [&](std::size_t position, const RunningSums& running) {
    if (!weights_.empty()) weights_[position] = running.weight.value();
    sums_[position] = running.sum.value();
    if (position % stride_ == 0 || position == size)
      squares_[entries_of(position, stride_) - 1] = running.squares.value();
  };
  const std::size_t middle = size / 2;
  origin_ = static_cast<double>(points.values[middle]);
  RunningSums upwards;
  for (std::size_t i = middle; i < size; ++i) {
    upwards.add(points.weight(i), static_cast<double>(points.values[i]) - origin_);
    store(i + 1, upwards);
  }
  std::fill(sums_.end() - padding, sums_.end(), sums_[size]);
  if (!weights_.empty()) std::fill(weights_.end() - padding, weights_.end(), weights_[size]);
  RunningSums downwards;
  for (std::size_t i = middle; i-- > 0;) {
    downwards.add(-points.weight(i), static_cast<double>(points.values[i]) - origin_);
    store(i, downwards);
  }
}

PrefixSums::PrefixSums(const PrefixSums& fine, std::size_t factor) : stride_(1) {
  const std::size_t last = fine.positions() - 1;
  const std::size_t count = entries_of(last, factor);
  sums_.resize(count + padding);
  squares_.resize(count);
  (fine.is_counted() ? void(counts_.resize(sums_.size())) : weights_.resize(sums_.size()));
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const std::size_t position = std::min(i * factor, last);
    sums_[i] = fine.sums_[position];
    if (fine.is_counted()) {
      counts_[i] = fine.counts()[position];
    } else {
      weights_[i] = fine.weights_[position];
    }
    if (i < count) squares_[i] = fine.squares_[entries_of(position, fine.stride_) - 1];
  }
}

// Away from the median, as the sums were made: the outermost point's square may be larger than all others' together.
double PrefixSums::squares(std::size_t position) const {
  const std::size_t part = position % stride_;
  if (part == 0) return squares_[position / stride_];
  const std::size_t size = points_->size();
  const auto square = [&](std::size_t point) {
    const double value = static_cast<double>(points_->values[point]) - origin_;
    return points_->weight(point) * value * value;
  };
  double sum = 0;
  if (position > size / 2) {
    sum = squares_[position / stride_];
    for (std::size_t i = position - part; i < position; ++i) sum += square(i);
  } else {
    const std::size_t above = std::min(position - part + stride_, size);
    sum = squares_[position / stride_ + 1];
    for (std::size_t i = above; i > position; --i) sum -= square(i - 1);
  }
  return sum;
}

}  // namespace goldilocks::kmeans
