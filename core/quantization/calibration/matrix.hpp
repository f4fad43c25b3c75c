#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace goldilocks::quantization {

// A dense row-major matrix of float64.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), values_(rows * columns, 0.0) {}

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  bool empty() const { return values_.empty(); }
  double& operator()(std::size_t row, std::size_t column) { return values_[row * columns_ + column]; }
  double operator()(std::size_t row, std::size_t column) const { return values_[row * columns_ + column]; }
  std::span<double> row(std::size_t row) { return {values_.data() + row * columns_, columns_}; }
  std::span<const double> row(std::size_t row) const { return {values_.data() + row * columns_, columns_}; }

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::vector<double> values_;
};

// to += factor * from, for as many values as `from` has.
void add_scaled(std::span<double> to, double factor, std::span<const double> from);
// The sum of products, in the order of the values.
double dot(std::span<const double> a, std::span<const double> b);

// The upper factor U of a symmetric matrix A = U' U, or an empty matrix if A is not positive definite. Only the upper
// half of A is read; below its diagonal U is 0.
Matrix cholesky(const Matrix& matrix);
// Replaces B by the solution X of U' U X = B, for a factor U.
void solve(const Matrix& factor, Matrix& right);

// The mean of the diagonal.
double mean_diagonal(const Matrix& matrix);
// H + damping * mean of the diagonal * I, with 1 in place of a diagonal entry that is 0: no sample has met that input.
// The damping grows tenfold until the matrix has a factor, which is returned. Throws std::invalid_argument for a matrix
// that has none at all: an entry is not finite, or the diagonal is 0 altogether.
Matrix damped_factor(const Matrix& second, double damping);

}  // namespace goldilocks::quantization
