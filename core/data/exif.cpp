// EXIF is a TIFF file without pictures: "II" or "MM" for the byte order, 42, and the offset of a directory; a directory
// is a count and entries of 12 bytes: tag, type, count, value. Orientation is the tag 274, one 16-bit number.
#include "core/data/exif.hpp"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "core/data/jpeg_segments.hpp"

namespace goldilocks::data {
namespace {

constexpr std::uint32_t orientation_tag = 274;
constexpr std::uint32_t type_short = 3;

std::uint32_t byte_at(std::span<const std::byte> bytes, std::size_t offset) {
  return std::to_integer<std::uint32_t>(bytes[offset]);
}

// Numbers at any offset, in either byte order; nothing where the data end before.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, bool little_endian) : bytes_(bytes), little_endian_(little_endian) {}

  std::optional<std::uint32_t> number(std::size_t offset, std::size_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8U | byte_at(bytes_, offset + (little_endian_ ? size - 1 - i : i));
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool little_endian_;
};

bool begins_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// Where the pixel of the seen image at (x, y) is in the stored one of the given size.
std::pair<int, int> stored_position(int orientation, int x, int y, int width, int height) {
  const int right = width - 1;
  const int bottom = height - 1;
  switch (orientation) {
    case 2:
      return {right - x, y};
    case 3:
      return {right - x, bottom - y};
    case 4:
      return {x, bottom - y};
    case 5:
      return {y, x};
    case 6:
      return {y, bottom - x};
    case 7:
      return {right - y, bottom - x};
    case 8:
      return {right - y, x};
    default:
      return {x, y};
  }
}

}  // namespace

int exif_orientation(std::span<const std::byte> tiff) {
  const bool little_endian = begins_with(tiff, "II");
  if (!little_endian && !begins_with(tiff, "MM")) return 1;
  const Reader reader(tiff, little_endian);
  if (reader.number(2, 2) != 42U) return 1;
  const auto directory = reader.number(4, 4);
  if (!directory) return 1;
  const auto count = reader.number(*directory, 2);
  if (!count) return 1;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + std::size_t{12} * i;
    const auto tag = reader.number(entry, 2);
    if (!tag) return 1;
    if (*tag != orientation_tag || reader.number(entry + 2, 2) != type_short) continue;
    const auto value = reader.number(entry + 8, 2);
    return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
  }
  return 1;
}

int jpeg_orientation(std::span<const std::byte> jpeg) {
  constexpr std::string_view exif("Exif\0\0", 6);
  int orientation = 1;
  for_each_jpeg_segment(jpeg, [&](unsigned marker, std::span<const std::byte> content) {
    if (marker != 0xE1 || !begins_with(content, exif)) return true;
    orientation = exif_orientation(content.subspan(exif.size()));
    return false;
  });
  return orientation;
}

Image apply_orientation(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  Image seen = image;
  if (orientation >= 5) std::swap(seen.width, seen.height);
  std::size_t target = 0;
  for (int y = 0; y < seen.height; ++y) {
    for (int x = 0; x < seen.width; ++x) {
      const auto [from_x, from_y] = stored_position(orientation, x, y, image.width, image.height);
      const std::size_t source = (static_cast<std::size_t>(from_y) * static_cast<std::size_t>(image.width) +
                                  static_cast<std::size_t>(from_x)) *
                                 static_cast<std::size_t>(image.channels);
      for (int channel = 0; channel < image.channels; ++channel) {
        seen.pixels[target++] = image.pixels[source + static_cast<std::size_t>(channel)];
      }
    }
  }
  return seen;
}

}  // namespace goldilocks::data
