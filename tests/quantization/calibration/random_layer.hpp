#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <vector>

#include "core/quantization/calibration/matrix.hpp"
#include "core/quantization/calibration/moments.hpp"

namespace goldilocks::quantization {

// Layers and what they meet, by chance; and the plain ways to compute what the room computes.
class RandomLayer {
 public:
  explicit RandomLayer(unsigned seed) : random_(seed) {}

  double normal() { return normal_(random_); }
  std::vector<float> floats(std::size_t count);
  // [columns, inputs] that are correlated with one another.
  std::vector<float> inputs(std::size_t inputs, std::size_t columns);
  Matrix moments(std::size_t inputs, std::size_t columns);
  // One group in one block, without drift.
  LayerMoments layer_moments(std::size_t inputs, std::size_t columns);

 private:
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
};

// X of A X = B by Gaussian elimination with pivots.
Matrix eliminate(Matrix left, Matrix right);

}  // namespace goldilocks::quantization
