#pragma once

// The method for one width of vectors. `Lanes` gives the vector type and its operations (lanes/avx2.hpp), and with
// block_tiles the number of tiles whose sums fit the registers, twice a vector each.
//
// The file is compiled once for each processor, so whatever it calls must be its own: a template of the standard
// library, compiled here for AVX-512, might be the copy that the linker keeps for everybody.
#include "schedule.hpp"

namespace goldilocks::onednn::winograd {

inline constexpr float small = 0.70710678118654752440F;  // the points' magnitudes: their product is 1
inline constexpr float large = 1.41421356237309504880F;

template <class Lanes>
class Kernel {
 public:
  static void run(const Shape& shape, const Call& call) {
    const Schedule schedule = schedule_of(shape, Lanes::width);
    auto* const inputs = reinterpret_cast<float*>(call.scratch);
    float* const products = inputs + schedule.strip * points * schedule.point_step;
    for (std::int64_t first = 0; first < schedule.tiles; first += schedule.strip) {
      const std::int64_t rest = schedule.tiles - first;
      const std::int64_t count = rest < schedule.strip ? rest : schedule.strip;
      for (std::int64_t tile = 0; tile < count; ++tile) {
        transform_inputs(shape, schedule, call.source, first + tile, inputs + tile * points * schedule.point_step);
      }
      for (std::int64_t block = 0; block < shape.output_blocks; block += 2) {
        if (block + 1 < shape.output_blocks) {
          multiply_and_store<2>(shape, schedule, call, first, count, block, inputs, products);
        } else {
          multiply_and_store<1>(shape, schedule, call, first, count, block, inputs, products);
        }
      }
    }
  }

 private:
  using Vector = typename Lanes::Vector;
  static constexpr std::int64_t width = Lanes::width;
  // Weights are read once for each strip, and come from the processor's last cache; asked for 8 KiB ahead they are
  // there.
  static constexpr std::int64_t prefetch_distance = 2048;

  struct Place {
    std::int64_t image, row, column;  // of the tile's first output
  };

  static Place place_of(const Schedule& schedule, std::int64_t tile) {
    const std::int64_t in_image = schedule.tile_rows * schedule.tile_columns;
    const std::int64_t within = tile % in_image;
    return {tile / in_image, within / schedule.tile_columns * tile_size, within % schedule.tile_columns * tile_size};
  }

  // B' of one row or column: six inputs to their six points.
  static void to_points(const Vector (&d)[patch_size], Vector (&t)[patch_size]) {
    const Vector minus_two = Lanes::all(-2.0F);
    const Vector minus_half = Lanes::all(-0.5F);
    const Vector minus_both = Lanes::all(-2.5F);
    t[0] = Lanes::fma(minus_both, d[2], Lanes::add(d[0], d[4]));
    t[5] = Lanes::fma(minus_both, d[3], Lanes::add(d[1], d[5]));
    const Vector even_small = Lanes::fma(minus_two, d[2], d[4]);
    const Vector odd_small = Lanes::multiply(Lanes::all(small), Lanes::fma(minus_two, d[1], d[3]));
    const Vector even_large = Lanes::fma(minus_half, d[2], d[4]);
    const Vector odd_large = Lanes::multiply(Lanes::all(large), Lanes::fma(minus_half, d[1], d[3]));
    t[1] = Lanes::add(even_small, odd_small);
    t[2] = Lanes::subtract(even_small, odd_small);
    t[3] = Lanes::add(even_large, odd_large);
    t[4] = Lanes::subtract(even_large, odd_large);
  }

  // A' of one row or column: six points to four outputs.
  static void from_points(const Vector (&m)[patch_size], Vector (&y)[tile_size]) {
    const Vector sum_small = Lanes::add(m[1], m[2]);
    const Vector difference_small = Lanes::subtract(m[1], m[2]);
    const Vector sum_large = Lanes::add(m[3], m[4]);
    const Vector difference_large = Lanes::subtract(m[3], m[4]);
    y[0] = Lanes::add(m[0], Lanes::add(sum_small, sum_large));
    y[1] = Lanes::fma(Lanes::all(large), difference_large, Lanes::multiply(Lanes::all(small), difference_small));
    y[2] = Lanes::fma(Lanes::all(2.0F), sum_large, Lanes::multiply(Lanes::all(0.5F), sum_small));
    y[3] = Lanes::fma(Lanes::all(2.0F * large), difference_large,
                      Lanes::fma(Lanes::all(0.5F * small), difference_small, m[5]));
  }

  // One tile, all input channels, into [point, channel].
  static void transform_inputs(const Shape& shape, const Schedule& schedule, const float* source, std::int64_t tile,
                               float* target) {
    const Place place = place_of(schedule, tile);
    const std::int64_t top = place.row - shape.top;
    const std::int64_t left = place.column - shape.left;
    const std::int64_t row_step = shape.input_width * width;
    const std::int64_t plane = shape.input_height * row_step;
    const bool inside =
        top >= 0 && left >= 0 && top + patch_size <= shape.input_height && left + patch_size <= shape.input_width;
    const float* const first = source + place.image * shape.input_blocks * plane;
    alignas(buffer_alignment) float patch[points * width];
    for (std::int64_t block = 0; block < shape.input_blocks; ++block) {
      if (inside) {
        transform_patch(first + block * plane + top * row_step + left * width, row_step, target + block * width,
                        schedule.point_step);
      } else {
        copy_patch(first + block * plane, shape, top, left, patch);
        transform_patch(patch, patch_size * width, target + block * width, schedule.point_step);
      }
    }
  }

  // A patch that reaches over the border, with zeros there.
  static void copy_patch(const float* plane, const Shape& shape, std::int64_t top, std::int64_t left, float* patch) {
    for (std::int64_t row = 0; row < patch_size; ++row) {
      for (std::int64_t column = 0; column < patch_size; ++column) {
        const std::int64_t y = top + row;
        const std::int64_t x = left + column;
        const bool inside = y >= 0 && y < shape.input_height && x >= 0 && x < shape.input_width;
        Lanes::store(patch + (row * patch_size + column) * width,
                     inside ? Lanes::load(plane + (y * shape.input_width + x) * width) : Lanes::zero());
      }
    }
  }

  static void transform_patch(const float* patch, std::int64_t row_step, float* target, std::int64_t point_step) {
    Vector half[patch_size][patch_size];
    for (std::int64_t column = 0; column < patch_size; ++column) {
      Vector d[patch_size];
      Vector t[patch_size];
      for (std::int64_t row = 0; row < patch_size; ++row) d[row] = Lanes::load(patch + row * row_step + column * width);
      to_points(d, t);
      for (std::int64_t row = 0; row < patch_size; ++row) half[row][column] = t[row];
    }
    for (const auto& row : half) {
      Vector t[patch_size];
      to_points(row, t);
      for (const Vector& value : t) {
        Lanes::store(target, value);
        target += point_step;
      }
    }
  }

  // Some blocks of output channels of a strip of tiles.
  template <int Vectors>
  static void multiply_and_store(const Shape& shape, const Schedule& schedule, const Call& call, std::int64_t first,
                                 std::int64_t count, std::int64_t block, const float* inputs, float* products) {
    const float* weights = call.weights + block * width * points * schedule.depth;
    const std::int64_t groups = (count + Lanes::block_tiles - 1) / Lanes::block_tiles;
    for (std::int64_t point = 0; point < points; ++point) {
      for (std::int64_t group = 0; group < groups; ++group) {
        const std::int64_t begin = count * group / groups;
        const std::int64_t end = count * (group + 1) / groups;
        const Factors factors{inputs + begin * points * schedule.point_step + point * schedule.point_step,
                              points * schedule.point_step,
                              weights,
                              schedule.depth,
                              products + begin * schedule.result_step + point * Vectors * width,
                              schedule.result_step};
        multiply<Lanes::block_tiles, Vectors>(factors, end - begin);
      }
      weights += schedule.depth * Vectors * width;
    }
    for (std::int64_t tile = 0; tile < count; ++tile) {
      for (int vector = 0; vector < Vectors; ++vector) {
        store_outputs(shape, call, place_of(schedule, first + tile), block + vector,
                      products + tile * schedule.result_step + vector * width, Vectors * width);
      }
    }
  }

  // A matrix product: rows are tiles, columns are output channels.
  struct Factors {
    const float* inputs;
    std::int64_t input_step;  // from one tile to the next
    const float* weights;
    std::int64_t depth;
    float* results;
    std::int64_t result_step;
  };

  // Chooses the code for this number of tiles, which is at most `Tiles`.
  template <int Tiles, int Vectors>
  static void multiply(const Factors& factors, std::int64_t tiles) {
    if (tiles == Tiles) {
      multiply_block<Tiles, Vectors>(factors);
    } else if constexpr (Tiles > 1) {
      multiply<Tiles - 1, Vectors>(factors, tiles);
    }
  }

  template <int Tiles, int Vectors>
  static void multiply_block(const Factors& factors) {
    Vector sums[Tiles][Vectors];
#pragma GCC unroll 16
    for (int tile = 0; tile < Tiles; ++tile) {
#pragma GCC unroll 2
      for (int vector = 0; vector < Vectors; ++vector) sums[tile][vector] = Lanes::zero();
    }
    const float* weights = factors.weights;
    for (std::int64_t channel = 0; channel < factors.depth; channel += width) {
#pragma GCC unroll 8
      for (std::int64_t lane = 0; lane < width; ++lane) {
        Vector columns[Vectors];
        for (int vector = 0; vector < Vectors; ++vector) {
          columns[vector] = Lanes::load(weights + vector * width);
          Lanes::prefetch(weights + prefetch_distance + vector * width);
        }
        const float* input = factors.inputs + channel + lane;
#pragma GCC unroll 16
        for (int tile = 0; tile < Tiles; ++tile) {
          const Vector value = Lanes::all(input[tile * factors.input_step]);
          for (int vector = 0; vector < Vectors; ++vector) {
            sums[tile][vector] = Lanes::fma(value, columns[vector], sums[tile][vector]);
          }
        }
        weights += Vectors * width;
      }
    }
#pragma GCC unroll 16
    for (int tile = 0; tile < Tiles; ++tile) {
#pragma GCC unroll 2
      for (int vector = 0; vector < Vectors; ++vector) {
        Lanes::store(factors.results + tile * factors.result_step + vector * width, sums[tile][vector]);
      }
    }
  }

  // One tile's products of one block of channels into its 4x4 outputs, as far as there are so many.
  static void store_outputs(const Shape& shape, const Call& call, const Place& place, std::int64_t block,
                            const float* products, std::int64_t step) {
    Vector half[tile_size][patch_size];
    for (std::int64_t column = 0; column < patch_size; ++column) {
      Vector m[patch_size];
      Vector y[tile_size];
      for (std::int64_t row = 0; row < patch_size; ++row) {
        m[row] = Lanes::load(products + (row * patch_size + column) * step);
      }
      from_points(m, y);
      for (std::int64_t row = 0; row < tile_size; ++row) half[row][column] = y[row];
    }
    const Vector bias = call.bias == nullptr ? Lanes::zero() : Lanes::load(call.bias + block * width);
    const std::int64_t below = shape.output_height - place.row;
    const std::int64_t right = shape.output_width - place.column;
    const std::int64_t rows = below < tile_size ? below : tile_size;
    const std::int64_t columns = right < tile_size ? right : tile_size;
    float* target = call.target + (((place.image * shape.output_blocks + block) * shape.output_height + place.row) *
                                       shape.output_width +
                                   place.column) *
                                      width;
    for (std::int64_t row = 0; row < rows; ++row) {
      Vector y[tile_size];
      from_points(half[row], y);
      for (Vector& value : y) value = activated(Lanes::add(value, bias), call.slope);
      if (columns == tile_size) {
        for (std::int64_t column = 0; column < tile_size; ++column) Lanes::store(target + column * width, y[column]);
      } else {
        for (std::int64_t column = 0; column < columns; ++column) Lanes::store(target + column * width, y[column]);
      }
      target += shape.output_width * width;
    }
  }

  static Vector activated(Vector value, float slope) {
    if (slope == 1.0F) return value;
    const Vector positive = Lanes::maximum(value, Lanes::zero());
    if (slope == 0.0F) return positive;
    return Lanes::fma(Lanes::all(slope), Lanes::minimum(value, Lanes::zero()), positive);
  }
};

}  // namespace goldilocks::onednn::winograd
