#include "core/plugins/plugin_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace goldilocks::plugins {
namespace {

// The length of the UTF-8 character that begins here, or 0 if none does (RFC 3629: no overlong forms, no surrogates,
// nothing above U+10FFFF).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const std::uint8_t second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

}  // namespace

std::string clean_text(const char* text, std::size_t limit) {
  if (text == nullptr) return {};
  std::string_view rest(text, ::strnlen(text, limit));
  std::string clean;
  clean.reserve(rest.size());
  while (!rest.empty()) {
    const std::size_t length = character_length(rest);
    const auto first = static_cast<std::uint8_t>(rest.front());
    if (length == 0) {
      clean += '?';
    } else if (first < 0x20 || first == 0x7F) {
      clean += ' ';
    } else {
      clean += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  while (clean.ends_with(' ')) clean.pop_back();
  return clean;
}

bool is_valid_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && std::ranges::all_of(name, allowed);
}

}  // namespace goldilocks::plugins
