// PNG by libpng: palettes and small depths are expanded, 16 bits scaled to 8, gray spread to three channels. Gamma and
// colour profiles are left alone, as the article's stack hands pixels to the model as they are stored.
//
// libpng reports errors by longjmp, which must not pass over C++ objects. So each step runs in guarded(), as a lambda
// that makes none and only calls libpng.
#include <png.h>

#include <array>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/data/exif.hpp"
#include "core/data/image_formats.hpp"

namespace goldilocks::data {
namespace {

class PngReader {
 public:
  PngReader(std::span<const std::byte> bytes, std::string_view name) : rest_(bytes), name_(name) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &PngReader::on_error, &PngReader::on_warning);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png_, this, &PngReader::on_read);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // blank_image has the limit
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  PngReader(PngReader&&) = delete;
  PngReader& operator=(PngReader&&) = delete;

  template <typename Step>
  void guarded(Step step) {
    if (setjmp(png_jmpbuf(png_)) != 0) {
      throw DataError(name_, std::string("can't decode the PNG: ") + message_.data());
    }
    step(png_, info_);
  }

  png_structp png() { return png_; }
  png_infop info() { return info_; }

 private:
  static void on_read(png_structp png, png_bytep target, std::size_t size) {
    auto* self = static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > self->rest_.size()) png_error(png, "the file ends too early");
    std::memcpy(target, self->rest_.data(), size);
    self->rest_ = self->rest_.subspan(size);
  }

  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(self->message_.data(), message, self->message_.size() - 1);
    png_longjmp(png, 1);
  }

  // Warnings are about metadata (a colour profile of the wrong length, say); broken pixels are errors by checksum.
  static void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}

  std::span<const std::byte> rest_;
  std::string_view name_;
  std::array<char, 200> message_{};
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// Deflate makes data at most 1032 times smaller: a header that promises more pixels than the file can hold is found out
// before memory is taken for them.
bool can_hold(std::size_t file_size, std::size_t row_bytes, std::size_t height) {
  return row_bytes <= file_size * 1100 / height;
}

// The image over black, as premultiplied pixels are.
void drop_alpha(std::span<const std::uint8_t> rgba, std::span<std::uint8_t> rgb) {
  for (std::size_t pixel = 0; pixel < rgba.size() / 4; ++pixel) {
    const unsigned alpha = rgba[4 * pixel + 3];
    for (std::size_t channel = 0; channel < 3; ++channel) {
      rgb[3 * pixel + channel] = static_cast<std::uint8_t>((rgba[4 * pixel + channel] * alpha + 127U) / 255U);
    }
  }
}

int orientation_of(PngReader& reader) {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  if (png_get_eXIf_1(reader.png(), reader.info(), &size, &exif) == 0) return 1;
  return exif_orientation(std::as_bytes(std::span(exif, size)));
}

}  // namespace

StoredImage decode_png(std::span<const std::byte> bytes, std::string_view name) {
  PngReader reader(bytes, name);
  reader.guarded([](png_structp png, png_infop info) { png_read_info(png, info); });
  const std::size_t width = png_get_image_width(reader.png(), reader.info());
  const std::size_t height = png_get_image_height(reader.png(), reader.info());
  if (!can_hold(bytes.size(), png_get_rowbytes(reader.png(), reader.info()), height)) {
    throw DataError(name, "can't decode the PNG: " + std::to_string(bytes.size()) + " bytes can't hold " +
                              std::to_string(width) + " x " + std::to_string(height) + " pixels");
  }
  StoredImage stored;
  stored.image = blank_image(width, height, name);

  int passes = 1;
  reader.guarded([&passes](png_structp png, png_infop info) {
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
  });
  const std::size_t row_bytes = png_get_rowbytes(reader.png(), reader.info());
  const bool has_alpha = row_bytes == 4 * width;
  std::vector<std::uint8_t> rgba(has_alpha ? row_bytes * height : 0);
  std::uint8_t* const target = has_alpha ? rgba.data() : stored.image.pixels.data();
  // Row by row: a list of rows would be larger than the pixels of a picture that is one pixel wide.
  reader.guarded([&](png_structp png, png_infop info) {
    for (int pass = 0; pass < passes; ++pass) {
      for (std::size_t y = 0; y < height; ++y) png_read_row(png, target + y * row_bytes, nullptr);
    }
    png_read_end(png, info);
  });
  if (has_alpha) drop_alpha(rgba, stored.image.pixels);
  stored.orientation = orientation_of(reader);
  return stored;
}

}  // namespace goldilocks::data
