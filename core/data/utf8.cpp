#include "core/data/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace goldilocks::data {
namespace {

// How many bytes follow a first byte; -1 for one that can't begin a letter.
int following_bytes(std::uint32_t first) {
  if (first < 0x80) return 0;
  if (first >= 0xC2 && first < 0xE0) return 1;
  if (first >= 0xE0 && first < 0xF0) return 2;
  if (first >= 0xF0 && first < 0xF5) return 3;
  return -1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    const int following = following_bytes(first);
    if (following < 0) return false;
    if (following == 0) continue;
    std::uint32_t letter = first & (0x3FU >> static_cast<unsigned>(following));
    for (int k = 0; k < following; ++k, ++i) {
      if (i == text.size()) return false;
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte & 0xC0U) != 0x80U) return false;
      letter = letter << 6U | (byte & 0x3FU);
    }
    // Longer than needed, half of a UTF-16 pair, or beyond Unicode.
    if (following == 2 && letter < 0x800) return false;
    if (following == 3 && (letter < 0x10000 || letter > 0x10FFFF)) return false;
    if (letter >= 0xD800 && letter < 0xE000) return false;
  }
  return true;
}

}  // namespace goldilocks::data
