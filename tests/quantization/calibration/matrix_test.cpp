#include "core/quantization/calibration/matrix.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/quantization/calibration/random_layer.hpp"

namespace goldilocks::quantization {
namespace {

TEST(Cholesky, FactorsASmallMatrixByEye) {
  Matrix matrix(2, 2);
  matrix(0, 0) = 4;
  matrix(0, 1) = 2;
  matrix(1, 1) = 5;
  const Matrix factor = cholesky(matrix);
  EXPECT_EQ(factor(0, 0), 2);
  EXPECT_EQ(factor(0, 1), 1);
  EXPECT_EQ(factor(1, 0), 0);
  EXPECT_EQ(factor(1, 1), 2);
}

TEST(Cholesky, HasNoFactorForAMatrixThatIsNotPositiveDefinite) {
  Matrix matrix(2, 2);
  matrix(0, 0) = 1;
  matrix(0, 1) = 2;
  matrix(1, 1) = 1;
  EXPECT_TRUE(cholesky(matrix).empty());
  matrix(1, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(cholesky(matrix).empty());
}

TEST(Cholesky, SolvesWhatEliminationSolves) {
  RandomLayer random(7);
  const Matrix matrix = random.moments(20, 40);
  Matrix right(20, 3);
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t j = 0; j < 3; ++j) right(i, j) = random.normal();
  }
  Matrix solution = right;
  solve(cholesky(matrix), solution);
  const Matrix expected = eliminate(matrix, right);
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(solution(i, j), expected(i, j), 1e-9);
  }
}

TEST(DampedFactor, HoldsForADeadInputAndASingularMatrix) {
  Matrix matrix(3, 3);  // of one sample [1, 2, 0]
  matrix(0, 0) = 1;
  matrix(0, 1) = matrix(1, 0) = 2;
  matrix(1, 1) = 4;
  const Matrix factor = damped_factor(matrix, 0.01);
  ASSERT_FALSE(factor.empty());
  const double damping = 0.01 * 5 / 3;
  EXPECT_NEAR(factor(0, 0), std::sqrt(1 + damping), 1e-12);
  EXPECT_NEAR(factor(2, 2), std::sqrt(1 + damping), 1e-12);
}

TEST(DampedFactor, RefusesMomentsThatAreAllZeroOrNotFinite) {
  EXPECT_THROW(damped_factor(Matrix(2, 2), 0.01), std::invalid_argument);
  Matrix matrix(2, 2);
  matrix(0, 0) = matrix(1, 1) = 1;
  matrix(0, 1) = matrix(1, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(damped_factor(matrix, 0.01), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::quantization
