#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/data/image.hpp"

namespace goldilocks::data {

// The decoders behind decode_image, one per format. Each gives the pixels as they are stored, in RGB, with
// `orientation` (1..8, see exif.hpp) still to be applied, and throws DataError that begins with `name`.
struct StoredImage {
  Image image;
  int orientation = 1;
};

StoredImage decode_jpeg(std::span<const std::byte> bytes, std::string_view name);
StoredImage decode_png(std::span<const std::byte> bytes, std::string_view name);

// By its first bytes: an image of any format that is known here, whether it can be decoded or not.
bool begins_as_image(std::span<const std::byte> bytes);

// Throws DataError if a side is zero or there are more than 2^28 pixels.
void check_pixels(std::size_t width, std::size_t height, std::string_view name);

// An image with room for its pixels, which check_pixels() has to accept.
Image blank_image(std::size_t width, std::size_t height, std::string_view name);

}  // namespace goldilocks::data
