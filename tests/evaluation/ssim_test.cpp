// Structural similarity against its definition.
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/metric.hpp"
#include "tests/evaluation/metric_example.hpp"

namespace goldilocks::evaluation {
namespace {

using testing::value_of;

// The definition, place by place, without the separable window.
double ssim_by_definition(const std::vector<float>& a, const std::vector<float>& b, int height, int columns) {
  const int size = 11;
  std::vector<double> weights;
  double total = 0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const double square = (x - 5) * (x - 5) + (y - 5) * (y - 5);
      weights.push_back(std::exp(-square / (2 * 1.5 * 1.5)));
      total += weights.back();
    }
  }
  double sum = 0;
  int places = 0;
  for (int top = 0; top + size <= height; ++top) {
    for (int left = 0; left + size <= columns; ++left) {
      double ma = 0, mb = 0, va = 0, vb = 0, covariance = 0;
      const auto each = [&](const auto& use) {
        for (int y = 0; y < size; ++y) {
          for (int x = 0; x < size; ++x) {
            const auto at = static_cast<std::size_t>((top + y) * columns + left + x);
            use(weights[static_cast<std::size_t>(y * size + x)] / total, static_cast<double>(a[at]),
                static_cast<double>(b[at]));
          }
        }
      };
      each([&](double w, double p, double q) { ma += w * p, mb += w * q; });
      each([&](double w, double p, double q) {
        va += w * (p - ma) * (p - ma), vb += w * (q - mb) * (q - mb), covariance += w * (p - ma) * (q - mb);
      });
      const double c1 = 2.55 * 2.55;
      const double c2 = 7.65 * 7.65;
      sum += (2 * ma * mb + c1) * (2 * covariance + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      ++places;
    }
  }
  return sum / places;
}

TEST(StructuralSimilarity, IsThatOfItsDefinition) {
  std::mt19937_64 random(8);
  std::uniform_real_distribution<float> pixel(0, 255);
  std::normal_distribution<float> noise(0, 20);
  std::vector<float> a(2 * 14 * 17);
  for (float& value : a) value = pixel(random);
  std::vector<float> b = a;
  for (float& value : b) value += noise(random);
  Answers answers;
  answers.samples = 1;
  answers.width = a.size();
  answers.values = b;
  answers.baseline = a;
  answers.image = true;
  answers.channels = 2;
  answers.height = 14;
  answers.columns = 17;
  find_answers(answers);
  const auto middle = static_cast<std::ptrdiff_t>(a.size() / 2);
  const double first = ssim_by_definition({a.begin(), a.begin() + middle}, {b.begin(), b.begin() + middle}, 14, 17);
  const double second = ssim_by_definition({a.begin() + middle, a.end()}, {b.begin() + middle, b.end()}, 14, 17);
  EXPECT_NEAR(value_of("ssim", answers), (first + second) / 2, 1e-9);
  answers.values = a;
  EXPECT_NEAR(value_of("ssim", answers), 1, 1e-12);
}

TEST(StructuralSimilarity, OfAnImageSmallerThanItsWindow) {
  const std::vector<float> a = {10, 200, 30, 40, 50, 60};
  Answers answers;
  answers.samples = 1;
  answers.width = 6;
  answers.values = answers.baseline = a;
  answers.image = true;
  answers.channels = 1;
  answers.height = 2;
  answers.columns = 3;
  find_answers(answers);
  EXPECT_NEAR(value_of("ssim", answers), 1, 1e-12);
}

}  // namespace
}  // namespace goldilocks::evaluation
