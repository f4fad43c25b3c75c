#include "core/quantization/calibration/coded_layer.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace goldilocks::quantization {
namespace {

constexpr std::size_t tile_of_rows = 16;
constexpr std::size_t tiles_at_once = 64;  // whose sums are in memory
constexpr std::size_t compensation_block = 128;

const CodeBook& book_of(std::span<const CodeBook> books, std::size_t row) {
  return books.size() == 1 ? books.front() : books[row];
}

// x' H for a symmetric H.
std::vector<double> times(std::span<const double> x, const Matrix& second) {
  std::vector<double> result(x.size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] != 0) add_scaled(result, x[i], second.row(i));
  }
  return result;
}

}  // namespace

CodedLayer::CodedLayer(std::span<const float> weights, const LayerMoments& moments, const CalibrationSettings& settings,
                       ThreadPool& pool)
    : pool_(pool) {
  const std::size_t rows = moments.inputs == 0 ? 0 : weights.size() / moments.inputs;
  if (rows == 0 || moments.groups.empty() || rows % moments.groups.size() != 0 ||
      rows * moments.inputs != weights.size()) {
    throw std::invalid_argument("moments of another shape");
  }
  target_ = Matrix(rows, moments.inputs);
  products_ = Matrix(rows, moments.inputs);
  const std::size_t of_group = rows / moments.groups.size();
  for (std::size_t g = 0; g < moments.groups.size(); ++g) {
    for (const MomentBlock& block : moments.groups[g].blocks) {
      Part& part = parts_.emplace_back();
      part.moments = &block;
      part.first_row = g * of_group;
      part.last_row = (g + 1) * of_group;
    }
  }
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    for (std::size_t first = parts_[part].first_row; first < parts_[part].last_row; first += tile_of_rows) {
      tiles_.push_back({part, first, std::min(first + tile_of_rows, parts_[part].last_row)});
    }
  }
  pool_.parallel_for(parts_.size(), [&](std::size_t i) {
    prepare(parts_[i], settings.damping);
    fit_target(parts_[i], weights, settings.target_ridge);
  });
  for_each_tile([&](const Part& part, std::size_t first, std::size_t last) {
    const std::size_t begin = part.moments->begin;
    for (std::size_t row = first; row < last; ++row) {
      const auto product = times(target_.row(row).subspan(begin, part.order.size()), part.moments->second);
      std::ranges::copy(product, products_.row(row).subspan(begin).begin());
    }
  });
}

void CodedLayer::prepare(Part& part, double damping) {
  const Matrix& second = part.moments->second;
  const std::size_t size = second.rows();
  part.order.resize(size);
  std::iota(part.order.begin(), part.order.end(), 0U);
  std::ranges::stable_sort(part.order, std::greater(), [&](std::size_t i) { return second(i, i); });
  Matrix ordered(size, size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) ordered(i, j) = second(part.order[i], part.order[j]);
  }
  const Matrix factor = damped_factor(ordered, damping);
  Matrix inverse(size, size);
  for (std::size_t i = 0; i < size; ++i) inverse(i, i) = 1;
  solve(factor, inverse);
  part.importance.resize(size);
  for (std::size_t i = 0; i < size; ++i) part.importance[part.order[i]] = 1 / inverse(i, i);
  part.factor = cholesky(inverse);
  if (part.factor.empty()) throw std::invalid_argument("the moments are not finite");
}

void CodedLayer::fit_target(const Part& part, std::span<const float> weights, double ridge) {
  const MomentBlock& moments = *part.moments;
  const std::size_t size = part.order.size();
  const std::size_t rows = part.last_row - part.first_row;
  const std::size_t begin = moments.begin;
  Matrix right(size, rows);  // (w D)'
  std::vector<double> row(size);
  for (std::size_t o = 0; o < rows; ++o) {
    std::ranges::fill(row, 0.0);
    const float* from = weights.data() + (part.first_row + o) * inputs() + begin;
    for (std::size_t i = 0; i < size; ++i) add_scaled(row, static_cast<double>(from[i]), moments.drift.row(i));
    for (std::size_t i = 0; i < size; ++i) right(i, o) = row[i];
  }
  solve(damped_factor(moments.second, ridge), right);
  for (std::size_t o = 0; o < rows; ++o) {
    const float* from = weights.data() + (part.first_row + o) * inputs() + begin;
    for (std::size_t i = 0; i < size; ++i) {
      target_(part.first_row + o, begin + i) = static_cast<double>(from[i]) + right(i, o);
    }
  }
}

std::vector<float> CodedLayer::importance() const {
  std::vector<float> all(rows() * inputs());
  for (const Part& part : parts_) {
    for (std::size_t row = part.first_row; row < part.last_row; ++row) {
      for (std::size_t i = 0; i < part.order.size(); ++i) {
        all[row * inputs() + part.moments->begin + i] = static_cast<float>(part.importance[i]);
      }
    }
  }
  return all;
}

double CodedLayer::error(std::span<const float> values) const {
  std::vector<double> errors(parts_.size() * rows(), 0.0);
  for_each_tile([&](const Part& part, std::size_t first, std::size_t last) {
    const auto place = static_cast<std::size_t>(&part - parts_.data()) * rows();
    std::vector<double> off(part.order.size());
    for (std::size_t row = first; row < last; ++row) {
      const std::size_t begin = part.moments->begin;
      for (std::size_t i = 0; i < off.size(); ++i) {
        off[i] = target_(row, begin + i) - static_cast<double>(values[row * inputs() + begin + i]);
      }
      errors[place + row] = dot(off, times(off, part.moments->second));
    }
  });
  return std::accumulate(errors.begin(), errors.end(), 0.0);
}

std::vector<std::uint8_t> CodedLayer::compensate(std::span<const CodeBook> books,
                                                 std::span<const std::uint8_t> mask) const {
  std::vector<std::uint8_t> codes(rows() * inputs(), 0);
  for_each_tile([&](const Part& part, std::size_t first, std::size_t last) {
    const std::size_t size = part.order.size();
    const std::size_t begin = part.moments->begin;
    Matrix rest(last - first, size);  // the target, with what has been made up for
    Matrix off(last - first, compensation_block);
    for (std::size_t r = 0; r < rest.rows(); ++r) {
      for (std::size_t i = 0; i < size; ++i) rest(r, i) = target_(first + r, begin + part.order[i]);
    }
    for (std::size_t block = 0; block < size; block += compensation_block) {
      const std::size_t end = std::min(block + compensation_block, size);
      for (std::size_t r = 0; r < rest.rows(); ++r) {
        const CodeBook& book = book_of(books, first + r);
        for (std::size_t j = block; j < end; ++j) {
          const std::size_t place = (first + r) * inputs() + begin + part.order[j];
          double value = 0;
          if (mask.empty() || mask[place] != 0) {
            codes[place] = book.nearest(rest(r, j));
            value = book[codes[place]];
          }
          off(r, j - block) = (rest(r, j) - value) / part.factor(j, j);
          add_scaled(rest.row(r).subspan(j, end - j), -off(r, j - block), part.factor.row(j).subspan(j, end - j));
        }
      }
      for (std::size_t j = block; j < end; ++j) {
        for (std::size_t r = 0; r < rest.rows(); ++r) {
          add_scaled(rest.row(r).subspan(end), -off(r, j - block), part.factor.row(j).subspan(end));
        }
      }
    }
  });
  return codes;
}

void CodedLayer::descend(std::span<const CodeBook> books, int sweeps, std::span<std::uint8_t> codes,
                         std::span<const std::uint8_t> mask) const {
  for_each_tile([&](const Part& part, std::size_t first, std::size_t last) {
    const Matrix& second = part.moments->second;
    const std::size_t begin = part.moments->begin;
    std::vector<double> values(part.order.size());
    for (std::size_t row = first; row < last; ++row) {
      const CodeBook& book = book_of(books, row);
      const auto is_kept = [&](std::size_t i) { return mask.empty() || mask[row * inputs() + begin + i] != 0; };
      const auto code = [&](std::size_t i) -> std::uint8_t& { return codes[row * inputs() + begin + i]; };
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = is_kept(i) ? book[code(i)] : 0;
      std::vector<double> residual = times(values, second);  // becomes (t - v)' H
      for (std::size_t i = 0; i < values.size(); ++i) residual[i] = products_(row, begin + i) - residual[i];
      for (int sweep = 0; sweep < sweeps; ++sweep) {
        for (const std::size_t i : part.order) {
          if (second(i, i) <= 0 || !is_kept(i)) continue;
          const double wanted = values[i] + residual[i] / second(i, i);
          const std::uint8_t nearest = book.nearest(wanted);
          const double change = book[nearest] - values[i];
          if (change == 0) continue;
          code(i) = nearest;
          values[i] = book[nearest];
          add_scaled(residual, -change, second.row(i));
        }
      }
    }
  });
}

std::vector<double> CodedLayer::refit_table(const CodeBook& book, std::span<const std::uint8_t> codes,
                                            std::span<const std::uint8_t> mask) const {
  const std::size_t size = book.size();
  const auto sum_up = [&](const Tile& tile) {
    const Part& part = parts_[tile.part];
    Matrix sums(size, size + 1);  // the left side, with the right one behind
    const std::size_t begin = part.moments->begin;
    for (std::size_t row = tile.first; row < tile.last; ++row) {
      const std::uint8_t* of_row = codes.data() + row * inputs() + begin;
      const auto is_kept = [&](std::size_t i) { return mask.empty() || mask[row * inputs() + begin + i] != 0; };
      for (std::size_t i = 0; i < part.order.size(); ++i) {
        if (!is_kept(i)) continue;
        const std::span<double> to = sums.row(of_row[i]);
        const std::span<const double> second = part.moments->second.row(i);
        for (std::size_t j = 0; j < part.order.size(); ++j) {
          if (is_kept(j)) to[of_row[j]] += second[j];
        }
        to[size] += products_(row, begin + i);
      }
    }
    return sums;
  };
  Matrix left(size, size);
  Matrix right(size, 1);
  for (std::size_t begin = 0; begin < tiles_.size(); begin += tiles_at_once) {
    std::vector<Matrix> sums(std::min(tiles_at_once, tiles_.size() - begin));
    pool_.parallel_for(sums.size(), [&](std::size_t i) { sums[i] = sum_up(tiles_[begin + i]); });
    for (const Matrix& tile : sums) {
      for (std::size_t k = 0; k < size; ++k) {
        add_scaled(left.row(k), 1, tile.row(k).first(size));
        right(k, 0) += tile(k, size);
      }
    }
  }
  // Solved for the change from the old entries, so that the ridge holds on to them and an unused entry stays.
  for (std::size_t k = 0; k < size; ++k) {
    for (std::size_t l = 0; l < size; ++l) right(k, 0) -= left(k, l) * book[l];
  }
  const double ridge = 1e-6 * mean_diagonal(left);
  for (std::size_t k = 0; k < size; ++k) left(k, k) += left(k, k) == 0 ? 1 : ridge;
  std::vector<double> entries(size);
  const Matrix factor = cholesky(left);
  if (!factor.empty()) solve(factor, right);
  for (std::size_t k = 0; k < size; ++k) entries[k] = book[k] + (factor.empty() ? 0 : right(k, 0));
  return entries;
}

CodedLayer::Line CodedLayer::refit_line(std::span<const std::uint8_t> codes, std::size_t row) const {
  double cc = 0, c1 = 0, ones = 0, tc = 0, t1 = 0;
  for (const Part& part : parts_) {
    const std::size_t begin = part.moments->begin;
    const std::vector<double> one(part.order.size(), 1.0);
    const std::vector<double> one_second = times(one, part.moments->second);
    std::vector<double> code(part.order.size());
    const std::size_t first = row == rows() ? part.first_row : std::max(row, part.first_row);
    const std::size_t last = row == rows() ? part.last_row : std::min(row + 1, part.last_row);
    for (std::size_t o = first; o < last; ++o) {
      for (std::size_t i = 0; i < code.size(); ++i) code[i] = codes[o * inputs() + begin + i];
      const std::span<const double> product = products_.row(o).subspan(begin, code.size());
      cc += dot(code, times(code, part.moments->second));
      c1 += dot(code, one_second);
      ones += dot(one, one_second);
      tc += dot(code, product);
      t1 += dot(one, product);
    }
  }
  const double determinant = cc * ones - c1 * c1;
  if (!(determinant > 1e-12 * cc * ones)) return {};
  return {(tc * ones - t1 * c1) / determinant, (t1 * cc - tc * c1) / determinant};
}

}  // namespace goldilocks::quantization
