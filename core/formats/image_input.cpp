// From interleaved pixels to the network's planes, with its own preprocessing on the way.
#include "core/formats/image_input.hpp"

#include <array>
#include <string>

#include "core/base/error.hpp"

namespace goldilocks::lowering {
namespace {

void check_sizes(const ImageInput& input, std::size_t pixels, std::size_t values) {
  const std::size_t needed = static_cast<std::size_t>(input.channels()) * static_cast<std::size_t>(input.width) *
                             static_cast<std::size_t>(input.height);
  if (pixels == needed && values == needed) return;
  throw UsageError("an image of another size than the network's input: " + std::to_string(pixels) +
                   " values instead of " + std::to_string(needed));
}

}  // namespace

void preprocess_image(const ImageInput& input, std::span<const std::uint8_t> pixels, std::span<float> values) {
  const auto channels = static_cast<std::size_t>(input.channels());
  const std::size_t plane = static_cast<std::size_t>(input.width) * static_cast<std::size_t>(input.height);
  check_sizes(input, pixels.size(), values.size());
  for (std::size_t channel = 0; channel < channels; ++channel) {
    // The network's first channel of BGR is the pixel's last.
    const std::size_t source = input.color == ColorLayout::bgr ? channels - 1 - channel : channel;
    const float bias = input.bias.empty() ? 0.0F : input.bias[channel];
    // A pixel has one of 256 values, so the arithmetic is done once for each of them.
    std::array<float, 256> table{};
    for (std::size_t pixel = 0; pixel < table.size(); ++pixel) {
      table[pixel] = input.scale * static_cast<float>(pixel) + bias;
    }
    float* out = values.data() + channel * plane;
    const std::uint8_t* in = pixels.data() + source;
    for (std::size_t at = 0; at < plane; ++at) out[at] = table[in[at * channels]];
    if (input.mean.empty()) continue;
    const float* mean = input.mean.data() + channel * plane;
    for (std::size_t at = 0; at < plane; ++at) out[at] -= mean[at];
  }
}

void preprocess_image(const ImageInput& input, std::span<const float> pixels, std::span<float> values) {
  check_sizes(input, input.channels() == 1 ? pixels.size() : 0, values.size());
  const float bias = input.bias.empty() ? 0.0F : input.bias[0];
  for (std::size_t at = 0; at < pixels.size(); ++at) {
    values[at] = input.scale * pixels[at] + bias;
    if (!input.mean.empty()) values[at] -= input.mean[at];
  }
}

}  // namespace goldilocks::lowering
