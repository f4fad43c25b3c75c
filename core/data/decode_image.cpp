#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/exif.hpp"
#include "core/data/image_formats.hpp"

namespace goldilocks::data {
namespace {

constexpr std::size_t most_pixels = std::size_t{1} << 28U;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  const char* name;
};

constexpr std::string_view jpeg_signature("\xFF\xD8\xFF", 3);
constexpr std::string_view png_signature("\x89PNG\r\n\x1A\n", 8);

// Formats that people have in their folders, to tell them by name what can't be read.
constexpr std::array<Signature, 12> other_formats = {{{0, "GIF8", "a GIF image"},
                                                      {0, "BM", "a BMP image"},
                                                      {0, {"II*\0", 4}, "a TIFF image"},
                                                      {0, {"MM\0*", 4}, "a TIFF image"},
                                                      {8, "WEBP", "a WebP image"},
                                                      {4, "ftypheic", "a HEIC image"},
                                                      {4, "ftypheix", "a HEIC image"},
                                                      {4, "ftypmif1", "a HEIF image"},
                                                      {4, "ftypmsf1", "a HEIF image"},
                                                      {4, "ftypavif", "an AVIF image"},
                                                      {0, {"\xFF\x0A", 2}, "a JPEG XL image"},
                                                      {0, {"\0\0\0\x0CJXL ", 8}, "a JPEG XL image"}}};

// And what lies in an image's place.
constexpr std::array<Signature, 2> other_files = {
    {{0, {"\0\x05\x16\x07", 4}, "what macOS keeps beside an image (an AppleDouble file)"},
     {0, "version https://git-lfs", "a Git LFS pointer, and 'git lfs pull' fetches the file itself"}}};

bool has_signature(std::span<const std::byte> bytes, std::string_view signature, std::size_t offset = 0) {
  return bytes.size() >= offset + signature.size() &&
         std::memcmp(bytes.data() + offset, signature.data(), signature.size()) == 0;
}

StoredImage decode_by_content(std::span<const std::byte> bytes, std::string_view name) {
  if (bytes.empty()) throw DataError(name, "the file is empty");
  if (has_signature(bytes, jpeg_signature)) return decode_jpeg(bytes, name);
  if (has_signature(bytes, png_signature)) return decode_png(bytes, name);
  for (const std::span<const Signature> formats :
       {std::span<const Signature>(other_formats), std::span<const Signature>(other_files)}) {
    for (const Signature& format : formats) {
      if (!has_signature(bytes, format.bytes, format.offset)) continue;
      throw DataError(name, std::string("this is ") + format.name + "; JPEG and PNG can be read");
    }
  }
  throw DataError(name, "not an image: neither JPEG nor PNG");
}

}  // namespace

bool begins_as_image(std::span<const std::byte> bytes) {
  constexpr std::size_t telling = 3;  // two bytes say too little: a text may begin with BM
  return has_signature(bytes, jpeg_signature) || has_signature(bytes, png_signature) ||
         std::ranges::any_of(other_formats, [&](const Signature& format) {
           return format.bytes.size() >= telling && has_signature(bytes, format.bytes, format.offset);
         });
}

void check_pixels(std::size_t width, std::size_t height, std::string_view name) {
  if (width == 0 || height == 0) throw DataError(name, "the image is of zero size");
  if (width > most_pixels || height > most_pixels / width) {
    throw DataError(name, "the image has " + std::to_string(width) + " x " + std::to_string(height) +
                              " pixels; at most 2^28 can be read");
  }
}

Image blank_image(std::size_t width, std::size_t height, std::string_view name) {
  check_pixels(width, height, name);
  Image image;
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.pixels.resize(width * height * 3);
  return image;
}

Image decode_image(std::span<const std::byte> bytes, std::string_view name) {
  try {
    StoredImage stored = decode_by_content(bytes, name);
    return apply_orientation(std::move(stored.image), stored.orientation);
  } catch (const std::bad_alloc&) {
    // One picture's fault, which is counted or named as any other of its faults is.
    throw DataError(name, "there is not enough memory to decode the image");
  }
}

Image load_image(const std::filesystem::path& path) {
  const MappedFile file(path);
  return decode_image(file.bytes(), path.string());
}

}  // namespace goldilocks::data
