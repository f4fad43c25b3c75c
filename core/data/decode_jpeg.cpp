// JPEG by libjpeg-turbo: the full inverse transform and smooth upsampling of the colours, never one of its faster
// approximations, so that the same file gives the same pixels on every machine.
//
// The library warns, and goes on with gray, where data are missing or make no sense. A figure must not be measured on
// such a picture, so every warning is an error here.
//
// The sides in the header are believed only as far as the file can hold so many pixels. A JPEG is made of blocks of 8 x
// 8 values, and a block costs a bit at least, as no code of Huffman's is shorter; a component that is subsampled has
// fewer blocks than the picture has squares of 8 x 8 pixels, but all components together have more than half as many.
// Arithmetic coding has no such limit in theory; a flat picture comes down to some 1/60 of a bit for a block.
#include <turbojpeg.h>

#include <array>
#include <memory>
#include <string>

#include "core/base/error.hpp"
#include "core/data/exif.hpp"
#include "core/data/image_formats.hpp"
#include "core/data/jpeg_segments.hpp"

namespace goldilocks::data {
namespace {

struct Close {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Decompressor = std::unique_ptr<void, Close>;

[[noreturn]] void fail(const Decompressor& decompressor, std::string_view name) {
  throw DataError(name, std::string("can't decode the JPEG: ") + tjGetErrorStr2(decompressor.get()));
}

// Four inks: Adobe's programs store them inverted (255 is no ink), and everybody has followed; so the light that is
// left is colour times black.
void blend_inks(std::span<const std::uint8_t> inks, std::span<std::uint8_t> rgb) {
  for (std::size_t pixel = 0; pixel < inks.size() / 4; ++pixel) {
    const unsigned black = inks[4 * pixel + 3];
    for (std::size_t channel = 0; channel < 3; ++channel) {
      rgb[3 * pixel + channel] = static_cast<std::uint8_t>((inks[4 * pixel + channel] * black + 127U) / 255U);
    }
  }
}

bool is_arithmetic(std::span<const std::byte> jpeg) {
  bool arithmetic = false;
  // A frame begins with one of C0 to CF, but C4, C8 and CC, which are tables; from C9 on its coding is arithmetic.
  for_each_jpeg_segment(jpeg, [&](unsigned marker, std::span<const std::byte> /*content*/) {
    arithmetic = arithmetic || (marker >= 0xC9 && marker <= 0xCF && marker != 0xCC);
    return true;
  });
  return arithmetic;
}

void check_size(std::span<const std::byte> jpeg, std::size_t width, std::size_t height, std::string_view name) {
  check_pixels(width, height, name);
  constexpr std::size_t pixels_per_byte = std::size_t{8} * 2 * 64;
  const std::size_t most = jpeg.size() * pixels_per_byte * (is_arithmetic(jpeg) ? 60 : 1);
  if (width <= most / height) return;
  throw DataError(name, "can't decode the JPEG: " + std::to_string(jpeg.size()) + " bytes can't hold " +
                            std::to_string(width) + " x " + std::to_string(height) + " pixels");
}

}  // namespace

StoredImage decode_jpeg(std::span<const std::byte> bytes, std::string_view name) {
  const Decompressor decompressor(tjInitDecompress());
  if (!decompressor) throw std::bad_alloc();
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto size = static_cast<unsigned long>(bytes.size());

  int width = -1;
  int height = -1;
  int subsampling = -1;
  int colorspace = -1;
  const int status = tjDecompressHeader3(decompressor.get(), data, size, &width, &height, &subsampling, &colorspace);
  // An unusual subsampling alone, which has no name in this interface, is no obstacle to decoding.
  const bool only_subsampling_unknown = width > 0 && height > 0 && colorspace >= 0 && subsampling < 0;
  if (status != 0 && !only_subsampling_unknown) fail(decompressor, name);

  check_size(bytes, static_cast<std::size_t>(width), static_cast<std::size_t>(height), name);
  StoredImage stored;
  stored.orientation = jpeg_orientation(bytes);
  stored.image = blank_image(static_cast<std::size_t>(width), static_cast<std::size_t>(height), name);
  const int flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;
  const bool has_inks = colorspace == TJCS_CMYK || colorspace == TJCS_YCCK;
  if (!has_inks) {
    if (tjDecompress2(decompressor.get(), data, size, stored.image.pixels.data(), width, 0, height, TJPF_RGB, flags) !=
        0) {
      fail(decompressor, name);
    }
    return stored;
  }
  std::vector<std::uint8_t> inks(stored.image.pixels.size() / 3 * 4);
  if (tjDecompress2(decompressor.get(), data, size, inks.data(), width, 0, height, TJPF_CMYK, flags) != 0) {
    fail(decompressor, name);
  }
  blend_inks(inks, stored.image.pixels);
  return stored;
}

}  // namespace goldilocks::data
