#include "tests/quantization/calibration/random_layer.hpp"

#include <cmath>
#include <utility>

namespace goldilocks::quantization {

std::vector<float> RandomLayer::floats(std::size_t count) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(normal());
  return values;
}

std::vector<float> RandomLayer::inputs(std::size_t inputs, std::size_t columns) {
  const std::vector<float> mix = floats(inputs * inputs);
  std::vector<float> all;
  for (std::size_t c = 0; c < columns; ++c) {
    const std::vector<float> source = floats(inputs);
    for (std::size_t i = 0; i < inputs; ++i) {
      float value = 0;
      for (std::size_t j = 0; j < inputs; ++j) value += mix[i * inputs + j] * source[j];
      all.push_back(value);
    }
  }
  return all;
}

Matrix RandomLayer::moments(std::size_t inputs, std::size_t columns) {
  const std::vector<float> x = this->inputs(inputs, columns);
  Matrix second(inputs, inputs);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < inputs; ++j) {
        second(i, j) += static_cast<double>(x[c * inputs + i]) * static_cast<double>(x[c * inputs + j]) /
                        static_cast<double>(columns);
      }
    }
  }
  return second;
}

LayerMoments RandomLayer::layer_moments(std::size_t inputs, std::size_t columns) {
  LayerMoments moments;
  moments.inputs = inputs;
  moments.groups.push_back({columns, {{0, this->moments(inputs, columns), Matrix(inputs, inputs)}}});
  return moments;
}

Matrix eliminate(Matrix left, Matrix right) {
  const std::size_t size = left.rows();
  for (std::size_t k = 0; k < size; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < size; ++i) {
      if (std::abs(left(i, k)) > std::abs(left(pivot, k))) pivot = i;
    }
    for (std::size_t j = 0; j < size; ++j) std::swap(left(k, j), left(pivot, j));
    for (std::size_t j = 0; j < right.columns(); ++j) std::swap(right(k, j), right(pivot, j));
    for (std::size_t i = 0; i < size; ++i) {
      if (i == k) continue;
      const double factor = left(i, k) / left(k, k);
      for (std::size_t j = 0; j < size; ++j) left(i, j) -= factor * left(k, j);
      for (std::size_t j = 0; j < right.columns(); ++j) right(i, j) -= factor * right(k, j);
    }
  }
  for (std::size_t k = 0; k < size; ++k) {
    for (std::size_t j = 0; j < right.columns(); ++j) right(k, j) /= left(k, k);
  }
  return right;
}

}  // namespace goldilocks::quantization
