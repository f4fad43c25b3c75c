#include "tests/data/image_files.hpp"

#include <png.h>
#include <turbojpeg.h>

#include <memory>
#include <stdexcept>

namespace goldilocks::testing {
namespace {

struct CompressorClose {
  void operator()(void* handle) const { tjDestroy(handle); }
};

std::string compress(const std::uint8_t* pixels, int width, int height, int format, int subsampling, int quality,
                     int flags) {
  const std::unique_ptr<void, CompressorClose> compressor(tjInitCompress());
  unsigned char* data = nullptr;
  unsigned long size = 0;
  if (tjCompress2(compressor.get(), pixels, width, 0, height, format, &data, &size, subsampling, quality, flags) != 0) {
    throw std::runtime_error(tjGetErrorStr2(compressor.get()));
  }
  std::string file(reinterpret_cast<const char*>(data), size);
  tjFree(data);
  return file;
}

void append_number(std::string& text, unsigned value, int size, bool little_endian) {
  for (int i = 0; i < size; ++i) {
    const int shift = 8 * (little_endian ? i : size - 1 - i);
    text += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
  }
}

void write_to_string(png_structp png, png_bytep data, std::size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), size);
}

void flush_nothing(png_structp /*png*/) {}

}  // namespace

data::Image image_of(int width, int height, std::vector<std::uint8_t> values) {
  const auto pixels = static_cast<std::size_t>(width * height);
  if (values.size() != pixels && values.size() != 3 * pixels) throw std::invalid_argument("wrong number of values");
  const int channels = values.size() == pixels ? 1 : 3;
  return {width, height, channels, std::move(values)};
}

data::PackedPixels packed_pixels(const std::vector<std::int64_t>& shape, const std::vector<std::uint8_t>& values) {
  return data::keep_packed_pixels({{"|u1", shape}, std::as_bytes(std::span(values))}, "pixels");
}

data::Image enlarge(const data::Image& image, int factor) {
  data::Image large{image.width * factor, image.height * factor, image.channels, {}};
  for (int y = 0; y < large.height; ++y) {
    for (int x = 0; x < large.width; ++x) {
      for (int channel = 0; channel < image.channels; ++channel) {
        const int index = (y / factor * image.width + x / factor) * image.channels + channel;
        large.pixels.push_back(image.pixels[static_cast<std::size_t>(index)]);
      }
    }
  }
  return large;
}

std::string exif_with_orientation(int orientation, bool little_endian) {
  std::string tiff = little_endian ? "II" : "MM";
  append_number(tiff, 42, 2, little_endian);
  append_number(tiff, 8, 4, little_endian);  // the directory begins here
  append_number(tiff, 2, 2, little_endian);  // two entries
  append_number(tiff, 256, 2, little_endian);
  append_number(tiff, 4, 2, little_endian);
  append_number(tiff, 1, 4, little_endian);
  append_number(tiff, 1234, 4, little_endian);
  append_number(tiff, 274, 2, little_endian);
  append_number(tiff, 3, 2, little_endian);
  append_number(tiff, 1, 4, little_endian);
  append_number(tiff, static_cast<unsigned>(orientation), 2, little_endian);
  append_number(tiff, 0, 2, little_endian);
  append_number(tiff, 0, 4, little_endian);  // no further directory
  return tiff;
}

std::string jpeg_file(const data::Image& image, const JpegOptions& options) {
  const bool gray = image.channels == 1;
  std::string file = compress(image.pixels.data(), image.width, image.height, gray ? TJPF_GRAY : TJPF_RGB,
                              gray ? TJSAMP_GRAY : TJSAMP_444, options.quality,
                              TJFLAG_ACCURATEDCT | (options.progressive ? TJFLAG_PROGRESSIVE : 0));
  if (options.orientation == 0) return file;
  const std::string content = std::string("Exif\0\0", 6) + exif_with_orientation(options.orientation);
  std::string segment = "\xFF\xE1";
  append_number(segment, static_cast<unsigned>(content.size() + 2), 2, false);
  return file.insert(2, segment + content);
}

std::string cmyk_jpeg_file(int width, int height, const std::vector<std::uint8_t>& inks, bool ycck) {
  std::string file = compress(inks.data(), width, height, TJPF_CMYK, TJSAMP_444, 100, TJFLAG_ACCURATEDCT);
  if (!ycck) {
    const std::size_t marker = file.find("Adobe");
    if (marker == std::string::npos) throw std::runtime_error("no Adobe marker");
    file[marker + 11] = 0;  // the transform
  }
  return file;
}

std::string png_file(int width, int height, const std::vector<std::uint8_t>& packed_rows, const PngOptions& options) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, write_to_string, flush_nothing);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), options.depth,
               options.color_type, options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (std::size_t i = 0; i + 2 < options.palette.size(); i += 3) {
    palette.push_back({options.palette[i], options.palette[i + 1], options.palette[i + 2]});
  }
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  if (!options.palette_alpha.empty()) {
    png_set_tRNS(png, info, options.palette_alpha.data(), static_cast<int>(options.palette_alpha.size()), nullptr);
  }
  std::string exif = exif_with_orientation(options.orientation, false);
  if (options.orientation != 0) {
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(exif.size()), reinterpret_cast<png_bytep>(exif.data()));
  }
  png_write_info(png, info);
  const std::size_t row_size = packed_rows.size() / static_cast<std::size_t>(height);
  std::vector<std::uint8_t> pixels = packed_rows;
  std::vector<png_bytep> rows;
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) rows.push_back(pixels.data() + y * row_size);
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

std::string png_file(const data::Image& image) {
  PngOptions options;
  options.color_type = image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
  return png_file(image.width, image.height, image.pixels, options);
}

}  // namespace goldilocks::testing
