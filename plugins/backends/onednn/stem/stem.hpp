#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// The first layers of most networks for images, in one: a convolution of a few channels, a rectifier, a maximum over
// windows. What lies between is as large as all else together, and is never written to memory: a row of the convolution
// is computed when the first window needs it, and forgotten when the last has seen it.
//
//      rows of the input  ->  ring of as many rows of the convolution as a window has  ->  rows of the output
//
// The input is row-major, [N, C, H, W]; the output lies in blocks of `lanes` channels, [N, C / lanes, H, W, lanes],
// where `lanes` is the number of float32 in a vector of the processor.
namespace goldilocks::onednn::stem {

inline constexpr std::int64_t most_channels = 4;  // of the input; more are better convolved in blocks

struct Size {
  std::int64_t height = 1, width = 1;
};

struct Shape {
  std::int64_t images = 1;
  std::int64_t channels = 1;
  std::int64_t blocks = 1;  // of output channels
  Size input;
  Size kernel, before, convolved;  // of the convolution; `before` is its padding above and to the left
  std::int64_t stride = 1;         // in both directions
  Size window, window_stride, window_before, output;
};

inline constexpr std::int64_t most_window = 8;  // rows of a window

// Whether there is code for the convolution's stride and the window's height.
bool has_code(const Shape& shape);

// Floats of the arranged weights, and the weights so: given are row-major [outputs, channels, height, width].
std::size_t weight_count(const Shape& shape, std::int64_t lanes);
void arrange_weights(std::span<const float> given, const Shape& shape, std::int64_t outputs, std::int64_t lanes,
                     std::span<float> arranged);

// Bytes of scratch memory for one run.
std::size_t scratch_bytes(const Shape& shape, std::int64_t lanes);

// One run. Negative results of the convolution are multiplied by `slope`, which is not negative: 1 leaves all as they
// are, 0 is a rectifier.
// Every window covers at least one cell of the convolution.
struct Call {
  const float* source;   // of any alignment; all else is aligned to 64 bytes
  const float* weights;  // arranged
  const float* bias;     // for each output channel, those of the filling included (zero); or null
  float slope;
  float* target;
  std::byte* scratch;
};

using Run = void (*)(const Shape& shape, const Call& call);

// The code for vectors of this many float32: 16 needs AVX-512, 8 needs AVX2 and FMA. Null for other numbers, and where
// the processor lacks what is needed. Any thread.
Run find_run(std::int64_t lanes);

// The code itself; only for processors that have these instructions.
void run_avx2(const Shape& shape, const Call& call);
void run_avx512(const Shape& shape, const Call& call);

}  // namespace goldilocks::onednn::stem
