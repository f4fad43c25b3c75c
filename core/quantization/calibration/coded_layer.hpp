#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/quantization/calibration/code_book.hpp"
#include "core/quantization/calibration/matrix.hpp"
#include "core/quantization/calibration/moments.hpp"

namespace goldilocks::quantization {

struct CalibrationSettings {
  double damping = 0.01;       // of H, times the mean of its diagonal
  double target_ridge = 0.05;  // of H where targets are fitted, times the same
  int rounds = 3;              // of a refit of the code book and `sweeps` over the codes
  int sweeps = 2;
};

// A weight matrix [rows, inputs] with what it meets. The error of a matrix V in its place is
//
//   E(V) = sum over rows o, blocks of moments of (t_o - v_o)' H (t_o - v_o)
//
// where the target t is what gives the full-precision network's outputs from the compressed network's inputs:
//
//   t = w + w D (H + ridge)^-1,   D the drift.
//
// Rows are independent of one another in everything but a code book that they share, so threads go over rows and no
// result depends on their number.
class CodedLayer {
 public:
  // `weights` is [rows, inputs]; rows are a multiple of the moments' groups. Both must outlive it. Throws
  // std::invalid_argument for moments that nothing can be made of: all 0, or not finite.
  CodedLayer(std::span<const float> weights, const LayerMoments& moments, const CalibrationSettings& settings,
             ThreadPool& pool);

  std::size_t rows() const { return target_.rows(); }
  std::size_t inputs() const { return target_.columns(); }
  const Matrix& target() const { return target_; }
  // What an error of each weight costs after the others have made up for it: 1 / [H^-1]_jj, as long as the weights.
  std::vector<float> importance() const;

  double error(std::span<const float> values) const;

  // Codes for the target, column by column in the order of falling H_jj: what a column is off by is made up for by the
  // columns that are not coded yet (GPTQ, with H's damped inverse). `books`: one for all rows, or one for each. `mask`,
  // if not empty, is 0 where a weight is 0 and has no code.
  std::vector<std::uint8_t> compensate(std::span<const CodeBook> books, std::span<const std::uint8_t> mask = {}) const;
  // Sweeps over the codes, each code in turn becoming the one with the least error while all others stay. The error
  // never grows.
  void descend(std::span<const CodeBook> books, int sweeps, std::span<std::uint8_t> codes,
               std::span<const std::uint8_t> mask = {}) const;
  // The entries with the least error for these codes, of a book that all rows share; an entry without a code stays.
  std::vector<double> refit_table(const CodeBook& book, std::span<const std::uint8_t> codes,
                                  std::span<const std::uint8_t> mask = {}) const;
  // The scale and the bias with the least error for the codes of one row, or of all if `row` is rows().
  // {0, 0} where the codes are all the same.
  struct Line {
    double scale = 0;
    double bias = 0;
  };
  Line refit_line(std::span<const std::uint8_t> codes, std::size_t row) const;

 private:
  // Of one block of one group.
  struct Part {
    const MomentBlock* moments = nullptr;
    std::size_t first_row = 0;
    std::size_t last_row = 0;
    std::vector<std::size_t> order;  // of columns
    Matrix factor;                   // of the damped inverse with columns in this order
    std::vector<double> importance;
  };

  void fit_target(const Part& part, std::span<const float> weights, double ridge);
  static void prepare(Part& part, double damping);
  // Some rows of a part, which one thread takes at once.
  struct Tile {
    std::size_t part = 0;
    std::size_t first = 0, last = 0;
  };
  // Calls body(part, first row, last row) for every tile, from any thread.
  template <class Body>
  void for_each_tile(const Body& body) const {
    pool_.parallel_for(tiles_.size(),
                       [&](std::size_t i) { body(parts_[tiles_[i].part], tiles_[i].first, tiles_[i].last); });
  }

  Matrix target_;
  Matrix products_;  // target H
  std::vector<Part> parts_;
  std::vector<Tile> tiles_;
  ThreadPool& pool_;
};

}  // namespace goldilocks::quantization
