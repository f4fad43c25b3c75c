#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "core/data/image.hpp"
#include "core/data/resample.hpp"

namespace goldilocks::data {
namespace {

// Down to a whole pixel, but for what a division may have left below one.
double whole_pixels(double margin) { return std::floor(margin + 1e-6); }

// The largest rectangle of the target's shape in the middle of the image, from a whole pixel on. Its longer side need
// not be whole pixels: rounding it would stretch the picture a little.
Window middle(const Image& image, int width, int height) {
  Window window{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  if (std::int64_t{image.width} * height >= std::int64_t{image.height} * width) {
    window.width = window.height * width / height;
  } else {
    window.height = window.width * height / width;
  }
  window.left = whole_pixels((image.width - window.width) / 2);
  window.top = whole_pixels((image.height - window.height) / 2);
  return window;
}

int scaled_side(int side, double scale, int limit) {
  return std::clamp(static_cast<int>(std::lround(side * scale)), 1, limit);
}

// The whole image as large as it fits, on black.
Image fit_inside(const Image& image, int width, int height, Filter filter) {
  const double scale = std::min(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
  const int inner_width = scaled_side(image.width, scale, width);
  const int inner_height = scaled_side(image.height, scale, height);
  const Window whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  const Image inner = resample(image, whole, inner_width, inner_height, filter);

  Image framed;
  framed.width = width;
  framed.height = height;
  framed.channels = image.channels;
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t row_size = static_cast<std::size_t>(width) * channels;
  const std::size_t inner_row_size = static_cast<std::size_t>(inner_width) * channels;
  framed.pixels.resize(static_cast<std::size_t>(height) * row_size);
  const std::size_t left = static_cast<std::size_t>((width - inner_width) / 2) * channels;
  const auto top = static_cast<std::size_t>((height - inner_height) / 2);
  for (std::size_t y = 0; y < static_cast<std::size_t>(inner_height); ++y) {
    std::copy_n(inner.pixels.data() + y * inner_row_size, inner_row_size,
                framed.pixels.data() + (top + y) * row_size + left);
  }
  return framed;
}

}  // namespace

Image fit_image(const Image& image, int width, int height, const Preparation& preparation) {
  if (width < 1 || height < 1) throw std::invalid_argument("an image can't be fitted to zero size");
  if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3)) {
    throw std::invalid_argument("an image to be fitted has pixels, with one or three channels");
  }
  const Window whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  switch (preparation.fit) {
    case Fit::center_crop:
      return resample(image, middle(image, width, height), width, height, preparation.filter);
    case Fit::scale_fit:
      return fit_inside(image, width, height, preparation.filter);
    case Fit::scale_fill:
      return resample(image, whole, width, height, preparation.filter);
  }
  throw std::invalid_argument("unknown way to fit an image");
}

}  // namespace goldilocks::data
