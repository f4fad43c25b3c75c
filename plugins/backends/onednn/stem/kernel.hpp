#pragma once

// The rows for one width of vectors. Bias and activation don't change which cell is the largest (the slope is not
// negative), so they wait for the output.
//
// `Lanes` gives the vector type and its operations (lanes/avx2.hpp), and with
// block_tiles the number of cells of a row whose sums fit the registers, twice a vector each. As with
// winograd/kernel.hpp, whatever is called here must be its own.
#include "padded.hpp"

namespace goldilocks::onednn::stem {

template <class Lanes>
class Kernel {
 public:
  static void run(const Shape& shape, const Call& call) {
    const Padded whole = padded(shape);
    auto* const copy = reinterpret_cast<float*>(call.scratch);
    float* const ring = copy + whole.floats;
    auto* const offsets = reinterpret_cast<std::int64_t*>(call.scratch + scratch_bytes_before_offsets(shape, width));
    find_offsets(shape, whole.copied ? whole.size : shape.input, offsets);
    const std::int64_t image = shape.channels * shape.input.height * shape.input.width;
    for (std::int64_t index = 0; index < shape.images; ++index) {
      Rows rows{call.source + index * image, shape.input.width, offsets};
      if (whole.copied) {
        copy_padded(shape, whole, rows.first, copy);
        rows = {copy, whole.size.width, offsets};
      }
      std::int64_t computed = 0;  // rows of the convolution so far
      for (std::int64_t row = 0; row < shape.output.height; ++row) {
        const Range seen = seen_by(row, shape.window_stride.height, shape.window_before.height, shape.window.height,
                                   shape.convolved.height);
        for (computed = computed < seen.begin ? seen.begin : computed; computed < seen.end; ++computed) {
          convolve_row(shape, call, rows, computed, ring);
        }
        pool_row(shape, call, index, row, seen, ring);
      }
    }
  }

 private:
  using Vector = typename Lanes::Vector;
  static constexpr std::int64_t width = Lanes::width;

  // Where the channels' rows lie that a convolution reads.
  struct Rows {
    const float* first;
    std::int64_t row;  // step
    const std::int64_t* offsets;
  };

  // Where each weight's input lies, seen from a window's first cell.
  static void find_offsets(const Shape& shape, const Size& size, std::int64_t* offsets) {
    for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
      for (std::int64_t y = 0; y < shape.kernel.height; ++y) {
        for (std::int64_t x = 0; x < shape.kernel.width; ++x) {
          *offsets++ = (channel * size.height + y) * size.width + x;
        }
      }
    }
  }

  struct Range {
    std::int64_t begin, end;
  };

  // The cells of a window that lie in 0 .. size.
  static Range seen_by(std::int64_t output, std::int64_t stride, std::int64_t before, std::int64_t window,
                       std::int64_t size) {
    const std::int64_t begin = output * stride - before;
    const std::int64_t end = begin + window;
    return {begin < 0 ? 0 : begin, end < size ? end : size};
  }

  static void copy_padded(const Shape& shape, const Padded& whole, const float* source, float* copy) {
    for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
      for (std::int64_t row = 0; row < whole.size.height; ++row) {
        const std::int64_t y = row - shape.before.height;
        const bool inside = y >= 0 && y < shape.input.height;
        const float* const from = source + (channel * shape.input.height + (inside ? y : 0)) * shape.input.width;
        for (std::int64_t column = 0; column < whole.size.width; ++column) {
          const std::int64_t x = column - shape.before.width;
          *copy++ = inside && x >= 0 && x < shape.input.width ? from[x] : 0.0F;
        }
      }
    }
  }

  static float* ring_row(const Shape& shape, float* ring, std::int64_t row) {
    return ring + row % shape.window.height * shape.blocks * shape.convolved.width * width;
  }

  static void convolve_row(const Shape& shape, const Call& call, const Rows& rows, std::int64_t row, float* ring) {
    if (shape.stride == 1) convolve_row_by<1>(shape, call, rows, row, ring);
    if (shape.stride == 2) convolve_row_by<2>(shape, call, rows, row, ring);
    if (shape.stride == 4) convolve_row_by<4>(shape, call, rows, row, ring);
  }

  template <int Stride>
  static void convolve_row_by(const Shape& shape, const Call& call, const Rows& rows, std::int64_t row, float* ring) {
    const std::int64_t cells = shape.channels * shape.kernel.height * shape.kernel.width;
    float* const target = ring_row(shape, ring, row);
    const std::int64_t groups = (shape.convolved.width + Lanes::block_tiles - 1) / Lanes::block_tiles;
    for (std::int64_t block = 0; block < shape.blocks; block += 2) {
      for (std::int64_t group = 0; group < groups; ++group) {
        const std::int64_t begin = shape.convolved.width * group / groups;
        const std::int64_t end = shape.convolved.width * (group + 1) / groups;
        const Cells some{rows.first + row * Stride * rows.row + begin * Stride,
                         rows.offsets,
                         cells,
                         call.weights + block * width * cells,
                         target + (block * shape.convolved.width + begin) * width,
                         shape.convolved.width * width};
        if (block + 1 < shape.blocks) {
          convolve<Stride, 2, Lanes::block_tiles>(some, end - begin);
        } else {
          convolve<Stride, 1, Lanes::block_tiles>(some, end - begin);
        }
      }
    }
  }

  // Some cells of a row that follow each other, of some blocks of output channels.
  struct Cells {
    const float* source;
    const std::int64_t* offsets;  // of what one cell reads, from the source on
    std::int64_t depth;           // how many
    const float* weights;
    float* target;
    std::int64_t block_step;  // of the target
  };

  // Chooses the code for this number of cells, which is at most `Count`.
  template <int Stride, int Vectors, int Count>
  static void convolve(const Cells& cells, std::int64_t count) {
    if (count == Count) {
      convolve_cells<Stride, Vectors, Count>(cells);
    } else if constexpr (Count > 1) {
      convolve<Stride, Vectors, Count - 1>(cells, count);
    }
  }

  template <int Stride, int Vectors, int Count>
  static void convolve_cells(const Cells& cells) {
    Vector sums[Count][Vectors];
#pragma GCC unroll 16
    for (int cell = 0; cell < Count; ++cell) {
#pragma GCC unroll 2
      for (int vector = 0; vector < Vectors; ++vector) sums[cell][vector] = Lanes::zero();
    }
    const float* weights = cells.weights;
    for (std::int64_t index = 0; index < cells.depth; ++index) {
      const float* const source = cells.source + cells.offsets[index];
      Vector columns[Vectors];
      for (int vector = 0; vector < Vectors; ++vector) columns[vector] = Lanes::load(weights + vector * width);
#pragma GCC unroll 16
      for (int cell = 0; cell < Count; ++cell) {
        const Vector value = Lanes::all(source[cell * Stride]);
        for (int vector = 0; vector < Vectors; ++vector) {
          sums[cell][vector] = Lanes::fma(value, columns[vector], sums[cell][vector]);
        }
      }
      weights += Vectors * width;
    }
#pragma GCC unroll 2
    for (int vector = 0; vector < Vectors; ++vector) {
      float* const target = cells.target + vector * cells.block_step;
#pragma GCC unroll 16
      for (int cell = 0; cell < Count; ++cell) Lanes::store(target + cell * width, sums[cell][vector]);
    }
  }

  static Vector activated(Vector value, float slope) {
    if (slope == 1.0F) return value;
    const Vector positive = Lanes::maximum(value, Lanes::zero());
    if (slope == 0.0F) return positive;
    return Lanes::fma(Lanes::all(slope), Lanes::minimum(value, Lanes::zero()), positive);
  }

  static void pool_row(const Shape& shape, const Call& call, std::int64_t image, std::int64_t row, const Range& seen,
                       float* ring) {
    const float* rows[most_window];
    const std::int64_t height = seen.end - seen.begin;
    for (std::int64_t y = 0; y < height; ++y) rows[y] = ring_row(shape, ring, seen.begin + y);
    for (std::int64_t block = 0; block < shape.blocks; ++block) {
      const Vector bias = call.bias == nullptr ? Lanes::zero() : Lanes::load(call.bias + block * width);
      float* target =
          call.target + ((image * shape.blocks + block) * shape.output.height + row) * shape.output.width * width;
      for (std::int64_t column = 0; column < shape.output.width; ++column) {
        const Range columns = seen_by(column, shape.window_stride.width, shape.window_before.width, shape.window.width,
                                      shape.convolved.width);
        const std::int64_t first = (block * shape.convolved.width + columns.begin) * width;
        const std::int64_t count = columns.end - columns.begin;
        Vector largest = Lanes::load(rows[0] + first);
        if (height == 3 && count == 3) {
          for (int y = 0; y < 3; ++y) largest = largest_of<3>(rows[y] + first, largest);
        } else {
          for (std::int64_t y = 0; y < height; ++y) {
            for (std::int64_t x = 0; x < count; ++x) largest = largest_of<1>(rows[y] + first + x * width, largest);
          }
        }
        Lanes::store(target, activated(Lanes::add(largest, bias), call.slope));
        target += width;
      }
    }
  }

  template <int Count>
  static Vector largest_of(const float* cells, Vector largest) {
    for (int index = 0; index < Count; ++index) {
      largest = Lanes::maximum(largest, Lanes::load(cells + index * width));
    }
    return largest;
  }
};

}  // namespace goldilocks::onednn::stem
