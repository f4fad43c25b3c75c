// A lead byte tells how many continuation bytes (10xxxxxx) follow; the smallest code point of each length excludes
// overlong forms.
#include "core/base/utf8.hpp"

#include <array>
#include <cstdint>

namespace goldilocks {

std::optional<std::size_t> invalid_utf8(std::string_view text) {
  static constexpr std::array<std::uint32_t, 4> smallest = {0, 0x80, 0x800, 0x10000};
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t follow = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if ((lead >= 0x80 && lead < 0xC0) || lead >= 0xF8 || follow >= text.size() - i) return i;
    std::uint32_t point = follow == 0 ? lead : lead & (0x3FU >> follow);
    for (std::size_t k = 1; k <= follow; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return i;
      point = (point << 6U) | (next & 0x3FU);
    }
    if (point < smallest[follow] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return i;
    i += follow + 1;
  }
  return std::nullopt;
}

}  // namespace goldilocks
