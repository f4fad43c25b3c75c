#include "core/quantization/calibration/coded_layer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/quantization/calibration/random_layer.hpp"

namespace goldilocks::quantization {
namespace {

CodeBook book(std::initializer_list<double> values) { return CodeBook(std::vector<double>(values)); }

std::vector<float> decode(const std::vector<std::uint8_t>& codes, const CodeBook& book) {
  std::vector<float> values;
  for (const std::uint8_t code : codes) values.push_back(static_cast<float>(book[code]));
  return values;
}

// The least error of all codes for one row.
double exhaustive(const CodedLayer& layer, const CodeBook& book) {
  double least = std::numeric_limits<double>::infinity();
  std::vector<std::uint8_t> codes(layer.inputs(), 0);
  for (;;) {
    least = std::min(least, layer.error(decode(codes, book)));
    std::size_t place = 0;
    while (place < codes.size() && ++codes[place] == book.size()) codes[place++] = 0;
    if (place == codes.size()) return least;
  }
}

TEST(CodeBook, TakesTheNearestAndOfTwoTheSmaller) {
  const CodeBook values = book({1, -1, 0.5, 0.5});
  EXPECT_EQ(values.nearest(9), 0);
  EXPECT_EQ(values.nearest(-9), 1);
  EXPECT_EQ(values.nearest(0.6), 2);
  EXPECT_EQ(values.nearest(0.75), 2);
  EXPECT_EQ(values.nearest(0.76), 0);
}

TEST(CodedLayer, StatesTheErrorThatADirectSumHas) {
  RandomLayer random(1);
  ThreadPool pool(2);
  const LayerMoments moments = random.layer_moments(6, 20);
  const std::vector<float> weights = random.floats(5 * 6);
  const std::vector<float> values = random.floats(5 * 6);
  const CodedLayer layer(weights, moments, {}, pool);
  double direct = 0;
  for (std::size_t o = 0; o < 5; ++o) {
    for (std::size_t i = 0; i < 6; ++i) {
      for (std::size_t j = 0; j < 6; ++j) {
        const auto off = [&](std::size_t k) {
          return static_cast<double>(weights[o * 6 + k]) - static_cast<double>(values[o * 6 + k]);
        };
        direct += off(i) * moments.groups[0].blocks[0].second(i, j) * off(j);
      }
    }
  }
  EXPECT_NEAR(layer.error(values), direct, 1e-9 * direct);
}

TEST(CodedLayer, FitsTheTargetThatLeastSquaresGive) {
  // Outputs w y from inputs x: w E[y x'] E[x x']^-1, where the ridge is next to nothing.
  RandomLayer random(2);
  ThreadPool pool(1);
  LayerMoments moments = random.layer_moments(4, 30);
  MomentBlock& block = moments.groups[0].blocks[0];
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) block.drift(i, j) = random.normal();
  }
  const std::vector<float> weights = random.floats(2 * 4);
  const CodedLayer layer(weights, moments, {.target_ridge = 1e-12}, pool);
  Matrix cross(4, 2);  // (w (H + D))'
  for (std::size_t o = 0; o < 2; ++o) {
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 4; ++j) {
        cross(j, o) += static_cast<double>(weights[o * 4 + i]) * (block.second(i, j) + block.drift(i, j));
      }
    }
  }
  const Matrix expected = eliminate(block.second, cross);
  for (std::size_t o = 0; o < 2; ++o) {
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(layer.target()(o, j), expected(j, o), 1e-6);
  }
}

TEST(CodedLayer, ImportanceIsWhatAnErrorCostsAfterTheOthersMadeUpForIt) {
  RandomLayer random(12);
  ThreadPool pool(1);
  const LayerMoments moments = random.layer_moments(5, 50);
  const CodedLayer layer(random.floats(5), moments, {.damping = 1e-12}, pool);
  Matrix identity(5, 5);
  for (std::size_t i = 0; i < 5; ++i) identity(i, i) = 1;
  const Matrix inverse = eliminate(moments.groups[0].blocks[0].second, identity);
  const std::vector<float> importance = layer.importance();
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(static_cast<double>(importance[i]) * inverse(i, i), 1, 1e-5);
}

TEST(CodedLayer, CompensationIsNearTheExhaustiveOptimumAndBelowRounding) {
  const CodeBook values = book({-1.2, -0.4, 0.3, 1.1});
  RandomLayer random(4);
  ThreadPool pool(1);
  double best = 0, compensated = 0, nearest = 0;
  for (int trial = 0; trial < 40; ++trial) {
    const LayerMoments moments = random.layer_moments(6, 30);
    const CodedLayer layer(random.floats(6), moments, {}, pool);
    std::vector<std::uint8_t> rounded;
    for (const double target : layer.target().row(0)) rounded.push_back(values.nearest(target));
    std::vector<std::uint8_t> codes = layer.compensate({&values, 1});
    layer.descend({&values, 1}, 2, codes);
    const double least = exhaustive(layer, values);
    EXPECT_GE(layer.error(decode(codes, values)), least * (1 - 1e-9));
    best += least;
    compensated += layer.error(decode(codes, values));
    nearest += layer.error(decode(rounded, values));
  }
  EXPECT_LT(compensated, 0.6 * nearest);
  EXPECT_LT(compensated, 2.0 * best);
}

TEST(CodedLayer, CompensationOverBlocksIsThatOfColumnByColumn) {
  constexpr std::size_t inputs = 300;
  RandomLayer random(6);
  ThreadPool pool(2);
  const LayerMoments moments = random.layer_moments(inputs, 400);
  const std::vector<float> weights = random.floats(20 * inputs);
  const CodedLayer layer(weights, moments, {}, pool);
  const CodeBook values = book({-1, -0.2, 0.3, 1});
  const std::vector<std::uint8_t> codes = layer.compensate({&values, 1});
  // By the formulas, with an inverse by elimination and no blocks.
  const Matrix& second = moments.groups[0].blocks[0].second;
  std::vector<std::size_t> order(inputs);
  for (std::size_t i = 0; i < inputs; ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return second(a, a) > second(b, b); });
  Matrix damped(inputs, inputs), identity(inputs, inputs);
  for (std::size_t i = 0; i < inputs; ++i) {
    for (std::size_t j = 0; j < inputs; ++j) damped(i, j) = second(order[i], order[j]);
    damped(i, i) += 0.01 * mean_diagonal(second);
    identity(i, i) = 1;
  }
  const Matrix factor = cholesky(eliminate(damped, identity));
  std::size_t different = 0;
  for (std::size_t o = 0; o < 20; ++o) {
    std::vector<double> rest(inputs);
    for (std::size_t j = 0; j < inputs; ++j) rest[j] = static_cast<double>(weights[o * inputs + order[j]]);
    for (std::size_t j = 0; j < inputs; ++j) {
      const std::uint8_t code = values.nearest(rest[j]);
      if (code != codes[o * inputs + order[j]]) ++different;
      const double off = (rest[j] - values[code]) / factor(j, j);
      for (std::size_t k = j; k < inputs; ++k) rest[k] -= off * factor(j, k);
    }
  }
  EXPECT_EQ(different, 0U);
}

TEST(CodedLayer, ARefittedTableIsTheDenseSolversAndKeepsUnusedEntries) {
  RandomLayer random(8);
  ThreadPool pool(2);
  const LayerMoments moments = random.layer_moments(5, 40);
  const std::vector<float> weights = random.floats(40 * 5);
  const CodedLayer layer(weights, moments, {}, pool);
  const CodeBook values = book({-1, 0, 1, 50});
  const std::vector<std::uint8_t> codes = layer.compensate({&values, 1});
  const std::vector<double> entries = layer.refit_table(values, codes);
  EXPECT_EQ(entries[3], 50);
  const Matrix& second = moments.groups[0].blocks[0].second;
  Matrix left(3, 3), right(3, 1);
  for (std::size_t o = 0; o < 40; ++o) {
    for (std::size_t i = 0; i < 5; ++i) {
      for (std::size_t j = 0; j < 5; ++j) {
        left(codes[o * 5 + i], codes[o * 5 + j]) += second(i, j);
        right(codes[o * 5 + i], 0) += second(i, j) * static_cast<double>(weights[o * 5 + j]);
      }
    }
  }
  const Matrix expected = eliminate(left, right);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(entries[k], expected(k, 0), 1e-4);
  EXPECT_LT(layer.error(decode(codes, CodeBook(entries))), layer.error(decode(codes, values)));
}

TEST(CodedLayer, ARefittedLineIsNoWorseThanItsNeighbours) {
  RandomLayer random(9);
  ThreadPool pool(1);
  const LayerMoments moments = random.layer_moments(8, 40);
  const CodedLayer layer(random.floats(3 * 8), moments, {}, pool);
  std::vector<std::uint8_t> codes(24);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(i * 7 % 4);
  const CodedLayer::Line line = layer.refit_line(codes, layer.rows());
  const auto error_at = [&](double scale, double bias) {
    std::vector<float> values;
    for (const std::uint8_t code : codes) values.push_back(static_cast<float>(code * scale + bias));
    return layer.error(values);
  };
  const double least = error_at(line.scale, line.bias);
  for (const double step : {-0.01, 0.01}) {
    EXPECT_GT(error_at(line.scale + step, line.bias), least);
    EXPECT_GT(error_at(line.scale, line.bias + step), least);
  }
  const std::vector<std::uint8_t> same(24, 2);
  EXPECT_EQ(layer.refit_line(same, 0).scale, 0);
}

TEST(CodedLayer, ASweepNeverMakesItWorse) {
  RandomLayer random(10);
  ThreadPool pool(2);
  const LayerMoments moments = random.layer_moments(30, 10);  // singular: fewer samples than inputs
  const CodedLayer layer(random.floats(40 * 30), moments, {}, pool);
  const CodeBook values = book({-1, -0.3, 0.4, 1.3});
  std::vector<std::uint8_t> codes(40 * 30);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(i % 4);
  double last = layer.error(decode(codes, values));
  for (int sweep = 0; sweep < 4; ++sweep) {
    layer.descend({&values, 1}, 1, codes);
    const double error = layer.error(decode(codes, values));
    EXPECT_LE(error, last);
    last = error;
  }
}

TEST(CodedLayer, WhatAMaskTakesAwayIsMadeUpForByTheRest) {
  RandomLayer random(11);
  ThreadPool pool(1);
  const LayerMoments moments = random.layer_moments(16, 40);
  const std::vector<float> weights = random.floats(8 * 16);
  const CodedLayer layer(weights, moments, {}, pool);
  std::vector<double> fine;
  for (int i = 0; i < 256; ++i) fine.push_back((i - 128) / 30.0);
  const CodeBook values{fine};
  std::vector<std::uint8_t> mask(weights.size());
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = i % 3 == 0 ? 0 : 1;
  const auto masked = [&](std::vector<float> all) {
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i] == 0) all[i] = 0;
    }
    return all;
  };
  std::vector<std::uint8_t> codes = layer.compensate({&values, 1}, mask);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    EXPECT_TRUE(mask[i] != 0 || codes[i] == 0);
  }
  EXPECT_LT(layer.error(masked(decode(codes, values))), 0.8 * layer.error(masked(weights)));
  layer.descend({&values, 1}, 10, codes, mask);
  EXPECT_LT(layer.error(masked(decode(codes, values))), 0.5 * layer.error(masked(weights)));
}

TEST(CodedLayer, OneSampleAndDeadInputsAreNoTrouble) {
  RandomLayer random(13);
  ThreadPool pool(1);
  LayerMoments moments;
  moments.inputs = 4;
  moments.groups.push_back({1, {{0, Matrix(4, 4), Matrix(4, 4)}}});
  moments.groups[0].blocks[0].second(1, 1) = 4;  // only the second input is ever met
  const std::vector<float> weights = random.floats(8);
  const CodedLayer layer(weights, moments, {}, pool);
  const CodeBook values = book({-1, 1});
  const std::vector<std::uint8_t> codes = layer.compensate({&values, 1});
  EXPECT_EQ(codes[1], values.nearest(static_cast<double>(weights[1])));
  EXPECT_TRUE(std::isfinite(layer.error(decode(codes, values))));
}

TEST(CodedLayer, RefusesMomentsOfNothingAndOfAnotherShape) {
  ThreadPool pool(1);
  LayerMoments moments;
  moments.inputs = 2;
  moments.groups.push_back({1, {{0, Matrix(2, 2), Matrix(2, 2)}}});
  const std::vector<float> weights(4, 1.0F);
  EXPECT_THROW(CodedLayer(weights, moments, {}, pool), std::invalid_argument);
  moments.groups[0].blocks[0].second(0, 0) = 1;
  EXPECT_NO_THROW(CodedLayer(weights, moments, {}, pool));
  EXPECT_THROW(CodedLayer(std::span(weights).first(3), moments, {}, pool), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::quantization
