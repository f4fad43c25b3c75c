#pragma once

#include <cstddef>
#include <span>

namespace goldilocks::data {

// Calls visit(marker, content) for the segments of a JPEG up to its first scan, until visit returns false. A segment is
// FF, the marker, a length of two bytes (of itself and the content), and the content. Stops where that makes no sense.
template <class Visit>
void for_each_jpeg_segment(std::span<const std::byte> jpeg, const Visit& visit) {
  constexpr unsigned fill = 0xFF, scan = 0xDA, end = 0xD9;
  const auto byte_at = [&](std::size_t at) { return std::to_integer<unsigned>(jpeg[at]); };
  std::size_t offset = 2;
  while (offset + 4 <= jpeg.size() && byte_at(offset) == 0xFF) {
    const unsigned marker = byte_at(offset + 1);
    if (marker == fill) {
      ++offset;
      continue;
    }
    if (marker == scan || marker == end) return;
    const std::size_t length = byte_at(offset + 2) << 8U | byte_at(offset + 3);
    if (length < 2 || length > jpeg.size() - offset - 2) return;
    if (!visit(marker, jpeg.subspan(offset + 4, length - 2))) return;
    offset += 2 + length;
  }
}

}  // namespace goldilocks::data
