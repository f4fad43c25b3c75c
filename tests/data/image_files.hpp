#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/image.hpp"
#include "core/data/packed_pixels.hpp"

namespace goldilocks::testing {

inline std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// An image of one or three channels from its values, rows top to bottom.
data::Image image_of(int width, int height, std::vector<std::uint8_t> values);

// Images [N, H, W] or [N, H, W, 3] in memory, as those of a packed file.
data::PackedPixels packed_pixels(const std::vector<std::int64_t>& shape, const std::vector<std::uint8_t>& values);

// Each pixel as a square of `factor` x `factor` pixels: at 8, a JPEG keeps flat colours almost exactly.
data::Image enlarge(const data::Image& image, int factor);

// EXIF data with this orientation, in either byte order.
std::string exif_with_orientation(int orientation, bool little_endian = true);

struct JpegOptions {
  int quality = 100;
  bool progressive = false;
  int orientation = 0;  // 0: no EXIF
};

// The content of a JPEG file, of one channel or three as the image has.
std::string jpeg_file(const data::Image& image, const JpegOptions& options = {});

// Four inks as Adobe stores them (255 is none), interleaved C, M, Y, K; `ycck` false marks the three stored colour
// planes, which are luma and chroma of the inverted inks, as inks themselves.
std::string cmyk_jpeg_file(int width, int height, const std::vector<std::uint8_t>& inks, bool ycck = true);

struct PngOptions {
  int depth = 8;
  int color_type = 2;  // as in PNG: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha
  bool interlaced = false;
  int orientation = 0;                     // 0: no eXIf
  std::vector<std::uint8_t> palette = {};  // R, G, B of each entry
  std::vector<std::uint8_t> palette_alpha = {};
};

// The content of a PNG file from its rows as PNG packs them.
std::string png_file(int width, int height, const std::vector<std::uint8_t>& packed_rows,
                     const PngOptions& options = {});
std::string png_file(const data::Image& image);

}  // namespace goldilocks::testing
