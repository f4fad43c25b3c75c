#include "core/quantization/calibration/moments.hpp"

#include <cstring>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/quantization/calibration/random_layer.hpp"

namespace goldilocks::quantization {
namespace {

TEST(MomentSums, OfTwoColumnsByEye) {
  MomentSums sums(2, 1);
  ThreadPool pool(1);
  const std::vector<float> compressed = {1, 2, 3, 0};
  const std::vector<float> full = {2, 2, 3, 1};
  sums.add(compressed, full, 2, pool);
  const LayerMoments moments = sums.take();
  ASSERT_EQ(moments.groups.size(), 1U);
  EXPECT_EQ(moments.groups[0].samples, 2U);
  const MomentBlock& block = moments.groups[0].blocks.at(0);
  EXPECT_EQ(block.second(0, 0), 5);  // (1 + 9) / 2
  EXPECT_EQ(block.second(0, 1), 1);  // (2 + 0) / 2
  EXPECT_EQ(block.second(1, 0), 1);
  EXPECT_EQ(block.second(1, 1), 2);   // (4 + 0) / 2
  EXPECT_EQ(block.drift(0, 0), 0.5);  // (1 * 1 + 0 * 3) / 2
  EXPECT_EQ(block.drift(0, 1), 1);    // (1 * 2 + 0) / 2
  EXPECT_EQ(block.drift(1, 0), 1.5);  // (0 + 1 * 3) / 2
  EXPECT_EQ(block.drift(1, 1), 0);
}

TEST(MomentSums, OfManyColumnsIsTheDirectSumForEveryGroup) {
  constexpr std::size_t inputs = 37;
  constexpr std::size_t columns = 300;
  RandomLayer random(3);
  ThreadPool pool(2);
  MomentSums sums(inputs, 2);
  std::vector<float> first = random.inputs(inputs, columns);
  const std::vector<float> second = random.inputs(inputs, columns);
  first.insert(first.end(), second.begin(), second.end());
  std::vector<float> full = first;
  for (float& value : full) value += static_cast<float>(random.normal());
  sums.add(first, full, columns, pool);
  sums.add(first, full, columns, pool);
  const LayerMoments moments = sums.take();
  for (std::size_t g = 0; g < 2; ++g) {
    EXPECT_EQ(moments.groups[g].samples, 2 * columns);
    const MomentBlock& block = moments.groups[g].blocks.at(0);
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < inputs; ++j) {
        double direct = 0, drift = 0;
        for (std::size_t c = 0; c < columns; ++c) {
          const float* x = first.data() + (g * columns + c) * inputs;
          const float* y = full.data() + (g * columns + c) * inputs;
          direct += static_cast<double>(x[i]) * static_cast<double>(x[j]) / columns;
          drift += (static_cast<double>(y[i]) - static_cast<double>(x[i])) * static_cast<double>(x[j]) / columns;
        }
        EXPECT_NEAR(block.second(i, j), direct, 1e-4);
        EXPECT_NEAR(block.drift(i, j), drift, 1e-4);
      }
    }
  }
}

TEST(MomentSums, AreTheSameBytesForAnyNumberOfThreads) {
  RandomLayer random(5);
  const std::vector<float> x = random.inputs(50, 700);
  const std::vector<float> y = random.inputs(50, 700);
  std::vector<double> first;
  for (const std::size_t threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    MomentSums sums(50, 1);
    sums.add(x, y, 700, pool);
    const LayerMoments moments = sums.take();
    std::vector<double> all;
    for (std::size_t i = 0; i < 50; ++i) {
      for (const Matrix* matrix : {&moments.groups[0].blocks[0].second, &moments.groups[0].blocks[0].drift}) {
        all.insert(all.end(), matrix->row(i).begin(), matrix->row(i).end());
      }
    }
    if (first.empty()) first = all;
    EXPECT_EQ(std::memcmp(first.data(), all.data(), all.size() * sizeof(double)), 0);
  }
}

TEST(MomentSums, OfAHugeLayerAreBlocks) {
  MomentSums sums(5000, 1);
  ThreadPool pool(1);
  const std::vector<float> x(5000, 1.0F);
  sums.add(x, x, 1, pool);
  const LayerMoments moments = sums.take();
  const std::vector<MomentBlock>& blocks = moments.groups[0].blocks;
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[1].begin, 2048U);
  EXPECT_EQ(blocks[2].second.rows(), 904U);
  EXPECT_EQ(blocks[2].second(903, 0), 1);
}

TEST(MomentSums, WithoutSamplesAreAnError) {
  MomentSums sums(2, 1);
  EXPECT_THROW(sums.take(), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::quantization
