// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): means, variances and covariance of both images under a
// Gaussian window of 11 x 11 and a deviation of 1.5, at every place where it lies inside (a smaller image has a smaller
// window), then the mean over places and channels.
#include <algorithm>
#include <cmath>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

using Plane = std::vector<double>;

std::vector<double> window(std::size_t side) {
  const std::size_t size = std::min<std::size_t>(11, side - (side + 1) % 2);  // odd
  std::vector<double> weights(size);
  const std::size_t middle = size / 2;
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double distance = static_cast<double>(i) - static_cast<double>(middle);
    sum += weights[i] = std::exp(-distance * distance / (2 * 1.5 * 1.5));
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

// The plane's means under the window, one for each place inside.
class Blur {
 public:
  Blur(std::size_t height, std::size_t columns)
      : down_(window(height)), across_(window(columns)), height_(height), columns_(columns) {}

  Plane operator()(const Plane& plane) const {
    const std::size_t wide = columns_ - across_.size() + 1;
    const std::size_t high = height_ - down_.size() + 1;
    Plane rows(height_ * wide);
    for (std::size_t y = 0; y < height_; ++y) {
      for (std::size_t x = 0; x < wide; ++x) {
        for (std::size_t i = 0; i < across_.size(); ++i) rows[y * wide + x] += across_[i] * plane[y * columns_ + x + i];
      }
    }
    Plane result(high * wide);
    for (std::size_t y = 0; y < high; ++y) {
      for (std::size_t x = 0; x < wide; ++x) {
        for (std::size_t i = 0; i < down_.size(); ++i) result[y * wide + x] += down_[i] * rows[(y + i) * wide + x];
      }
    }
    return result;
  }

 private:
  std::vector<double> down_, across_;
  std::size_t height_, columns_;
};

Plane product(const Plane& a, const Plane& b) {
  Plane result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] * b[i];
  return result;
}

double similarity(const Plane& a, const Plane& b, const Blur& blur, double range) {
  const double c1 = 0.01 * range * 0.01 * range;
  const double c2 = 0.03 * range * 0.03 * range;
  const Plane mean_a = blur(a);
  const Plane mean_b = blur(b);
  const Plane square_a = blur(product(a, a));
  const Plane square_b = blur(product(b, b));
  const Plane both = blur(product(a, b));
  double sum = 0;
  for (std::size_t i = 0; i < mean_a.size(); ++i) {
    const double means = mean_a[i] * mean_b[i];
    const double squares = mean_a[i] * mean_a[i] + mean_b[i] * mean_b[i];
    sum +=
        (2 * means + c1) * (2 * (both[i] - means) + c2) / ((squares + c1) * (square_a[i] + square_b[i] - squares + c2));
  }
  return sum / static_cast<double>(mean_a.size());
}

}  // namespace

Metric ssim() {
  return {"ssim", "the mean structural similarity with the baseline's image", Needs::image_before, true,
          [](const Answers& answers, double) {
            const Blur blur(answers.height, answers.columns);
            const std::size_t plane = answers.height * answers.columns;
            std::vector<double> figures;
            for (std::size_t i = 0; i < answers.samples; ++i) {
              double sum = 0;
              for (std::size_t c = 0; c < answers.channels; ++c) {
                const auto before = answers.baseline_row(i).subspan(c * plane, plane);
                const auto after = answers.row(i).subspan(c * plane, plane);
                sum += similarity({before.begin(), before.end()}, {after.begin(), after.end()}, blur, answers.range);
              }
              figures.push_back(sum / static_cast<double>(answers.channels));
            }
            return mean_of(std::move(figures));
          }};
}

}  // namespace goldilocks::evaluation
