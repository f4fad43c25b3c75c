// Everything goes row by row: the innermost loops add one row to another, which compilers turn into vector
// instructions without a change of the order in which a value's terms are added. So all machines get the same bytes.
#include "core/quantization/calibration/matrix.hpp"

#include <cmath>
#include <stdexcept>

#include <goldilocks/vectorize.hpp>

namespace goldilocks::quantization {
namespace {

GOLDILOCKS_VECTORIZE
void add_row(double* to, double factor, const double* from, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

constexpr int damping_attempts = 8;

}  // namespace

void add_scaled(std::span<double> to, double factor, std::span<const double> from) {
  add_row(to.data(), factor, from.data(), from.size());
}

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Matrix cholesky(const Matrix& matrix) {
  const std::size_t size = matrix.rows();
  Matrix factor(size, size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = i; j < size; ++j) factor(i, j) = matrix(i, j);
  }
  for (std::size_t k = 0; k < size; ++k) {
    const double pivot = factor(k, k);
    if (!(pivot > 0) || !std::isfinite(pivot)) return {};
    const double root = std::sqrt(pivot);
    for (double& value : factor.row(k).subspan(k)) value /= root;
    for (std::size_t i = k + 1; i < size; ++i) {
      add_scaled(factor.row(i).subspan(i), -factor(k, i), factor.row(k).subspan(i));
    }
  }
  return factor;
}

void solve(const Matrix& factor, Matrix& right) {
  const std::size_t size = factor.rows();
  const auto divide = [&](std::size_t k) {
    for (double& value : right.row(k)) value /= factor(k, k);
  };
  for (std::size_t k = 0; k < size; ++k) {
    divide(k);
    for (std::size_t i = k + 1; i < size; ++i) add_scaled(right.row(i), -factor(k, i), right.row(k));
  }
  for (std::size_t k = size; k-- > 0;) {
    divide(k);
    for (std::size_t i = 0; i < k; ++i) add_scaled(right.row(i), -factor(i, k), right.row(k));
  }
}

double mean_diagonal(const Matrix& matrix) {
  double sum = 0;
  for (std::size_t i = 0; i < matrix.rows(); ++i) sum += matrix(i, i);
  return matrix.rows() == 0 ? 0 : sum / static_cast<double>(matrix.rows());
}

Matrix damped_factor(const Matrix& second, double damping) {
  const double mean = mean_diagonal(second);
  if (!(mean > 0) || !std::isfinite(mean)) throw std::invalid_argument("no moments to go by");
  for (int attempt = 0; attempt < damping_attempts; ++attempt, damping *= 10) {
    Matrix damped = second;
    for (std::size_t i = 0; i < damped.rows(); ++i) {
      if (damped(i, i) == 0) damped(i, i) = 1;
      damped(i, i) += damping * mean;
    }
    if (Matrix factor = cholesky(damped); !factor.empty()) return factor;
  }
  throw std::invalid_argument("the moments are not finite");
}

}  // namespace goldilocks::quantization
