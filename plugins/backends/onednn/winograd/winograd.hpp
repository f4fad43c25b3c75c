#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// Winograd's method for 3x3 convolutions of stride 1 in tiles of 4x4 outputs, F(4x4, 3x3): 36 products in place of 144.
// Each tile's 6x6 inputs are transformed, multiplied by transformed weights at each of the 36 points (a matrix product
// over channels), and transformed back:
//
//      Y = A' [ (G w G') * (B' d B) ] A
//
// The points are 0, +-sqrt(1/2), +-sqrt(2) and infinity, whose powers stay near 1, so that little is lost: errors are
// some 1e-6 of the largest value. (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, has the
// method with other points.)
//
// Tensors lie in blocks of `lanes` channels, [N, C / lanes, H, W, lanes], with zeros where the last block is filled up;
// `lanes` is the number of float32 in a vector of the processor.
namespace goldilocks::onednn::winograd {

struct Shape {
  std::int64_t images = 1;
  std::int64_t input_blocks = 1, output_blocks = 1;  // of channels
  std::int64_t input_height = 1, input_width = 1;
  std::int64_t output_height = 1, output_width = 1;
  std::int64_t top = 0, left = 0;  // padding before; behind, the input is padded as far as the output needs
};

inline constexpr std::int64_t tile_size = 4;                     // outputs on a side
inline constexpr std::int64_t patch_size = tile_size + 2;        // inputs on a side
inline constexpr std::int64_t points = patch_size * patch_size;  // products
inline constexpr std::int64_t buffer_alignment = 64;             // of weights, tensors and scratch memory, in bytes

// Tiles of all images together.
std::int64_t tile_count(const Shape& shape);

// Floats of transformed weights.
std::size_t weight_count(const Shape& shape, std::int64_t lanes);

// Transforms row-major weights [outputs, inputs, 3, 3] into weight_count() floats, of which those of filled up channels
// are zero.
void transform_weights(std::span<const float> weights, std::int64_t outputs, std::int64_t inputs, std::int64_t lanes,
                       std::span<float> transformed);

// Bytes of scratch memory for one run.
std::size_t scratch_bytes(const Shape& shape, std::int64_t lanes);

// One convolution. `bias` has a value for each output channel, those of the filling included (zero), or is null.
// Negative results are multiplied by `slope`: 1 leaves all as they are, 0 is a rectifier.
struct Call {
  const float* source;
  const float* weights;  // transformed
  const float* bias;
  float slope;
  float* target;
  std::byte* scratch;
};

using Run = void (*)(const Shape& shape, const Call& call);

// The code for vectors of this many float32: 16 needs AVX-512 (F, VL, DQ, BW), 8 needs AVX2 and FMA. Null for other
// numbers, and where the processor lacks what is needed. Any thread.
Run find_run(std::int64_t lanes);

// The code itself; only for processors that have these instructions.
void run_avx2(const Shape& shape, const Call& call);
void run_avx512(const Shape& shape, const Call& call);

}  // namespace goldilocks::onednn::winograd
