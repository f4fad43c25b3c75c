#include "core/data/channels.hpp"

#include <stdexcept>
#include <utility>

namespace goldilocks::data {
namespace {

std::uint8_t luma(const std::uint8_t* rgb) {
  // 0.299, 0.587 and 0.114 in 65,536ths, which sum to 65,536.
  return static_cast<std::uint8_t>((19595U * rgb[0] + 38470U * rgb[1] + 7471U * rgb[2] + 32768U) >> 16U);
}

}  // namespace

Image with_channels(Image image, int channels) {
  if (channels != 1 && channels != 3) throw std::invalid_argument("images have one or three channels");
  if (image.channels == channels) return image;
  Image result{image.width, image.height, channels, {}};
  const std::size_t count = image.pixels.size() / static_cast<std::size_t>(image.channels);
  result.pixels.resize(count * static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < count; ++i) {
    if (channels == 1) {
      result.pixels[i] = luma(&image.pixels[3 * i]);
    } else {
      result.pixels[3 * i] = result.pixels[3 * i + 1] = result.pixels[3 * i + 2] = image.pixels[i];
    }
  }
  return result;
}

}  // namespace goldilocks::data
