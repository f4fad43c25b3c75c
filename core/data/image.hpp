#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::data {

// An 8-bit image, rows top to bottom, channels interleaved: 3 (R, G, B) or 1 (gray).
struct Image {
  int width = 0;
  int height = 0;
  int channels = 3;
  std::vector<std::uint8_t> pixels;  // height * width * channels
};

// Decodes JPEG (also CMYK, YCCK and gray; EXIF orientation is honoured) and PNG (any depth and palette; 16 bits are
// reduced to 8, alpha is blended over black as premultiplied pixels are, orientation in eXIf is honoured) to RGB.
// The kind is known by content, not by name. Throws DataError that begins with `name`: not an image of these kinds,
// truncated or corrupt (also where a decoder would fill the rest with gray), zero size, over 2^28 pixels.
Image decode_image(std::span<const std::byte> bytes, std::string_view name);
Image load_image(const std::filesystem::path& path);

// The image as a PNG file's content. Throws std::invalid_argument for pixels that don't fit the size.
std::string encode_png(const Image& image);

// How an image is fitted to a model's input, in the terms of Apple's Vision framework.
enum class Fit {
  center_crop,  // scaled so that the shorter side fits, the middle kept
  scale_fit,    // scaled so that the longer side fits, the rest black
  scale_fill,   // scaled to the size, ignoring the aspect ratio
};
enum class Filter {
  nearest,
  bilinear,  // interpolation of the four nearest pixels, without averaging when it shrinks
  area,      // bilinear with a support that grows when it shrinks (antialiased)
  bicubic,   // Catmull-Rom (a = -0.5), antialiased
  lanczos,   // three lobes, antialiased
};

struct Preparation {
  Fit fit = Fit::center_crop;
  Filter filter = Filter::bilinear;
};

// Crops and scales; same channels. Deterministic: the same bytes on any number of threads.
Image fit_image(const Image& image, int width, int height, const Preparation& preparation);

}  // namespace goldilocks::data
