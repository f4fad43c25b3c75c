// By libpng's simplified interface, which reports errors as messages and needs no longjmp.
#include <png.h>

#include <stdexcept>
#include <string>

#include "core/base/error.hpp"
#include "core/data/image.hpp"

namespace goldilocks::data {

std::string encode_png(const Image& image) {
  if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3) ||
      image.pixels.size() != static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                                 static_cast<std::size_t>(image.channels)) {
    throw std::invalid_argument("an image whose pixels don't fit its size");
  }
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = image.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::string content(size, '\0');
  if (png_image_write_to_memory(&png, content.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
    const std::string message = png.message;
    png_image_free(&png);
    throw DataError("can't encode an image as PNG: " + message);
  }
  content.resize(size);
  return content;
}

}  // namespace goldilocks::data
