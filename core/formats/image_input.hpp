#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace goldilocks::lowering {

enum class ColorLayout { gray, rgb, bgr };

// An image input: the pixels that Core ML would hand to the network, and what the network's preprocessing does to them:
// value = scale * pixel + bias[channel] - mean[channel, y, x]. A scaler gives scale and bias, a mean image the mean.
struct ImageInput {
  int width = 0;
  int height = 0;
  ColorLayout color = ColorLayout::rgb;
  bool float16 = false;  // gray pixels of 16-bit floating point
  float scale = 1;
  std::vector<float> bias;  // one per channel in the layout's order; empty: zeros
  std::vector<float> mean;  // channels * height * width; empty: none
  int channels() const { return color == ColorLayout::gray ? 1 : 3; }
};

// Pixels (uint8 [height, width, channels], R G B or gray) to the network's float32 [channels, height, width]. Throws
// UsageError if a span has another size than the input. Any thread.
void preprocess_image(const ImageInput& input, std::span<const std::uint8_t> pixels, std::span<float> values);

// The same for gray pixels of floating point. Throws UsageError for an input with other channels, too.
void preprocess_image(const ImageInput& input, std::span<const float> pixels, std::span<float> values);

}  // namespace goldilocks::lowering
