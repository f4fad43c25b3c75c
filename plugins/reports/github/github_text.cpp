#include "github_text.hpp"

#include <array>
#include <cstdio>

namespace github {
namespace {

// Written as references to characters, these mean no markup wherever they stand.
constexpr std::string_view special = "\\`*_{}[]<>#+!|&\"'~@$";

std::string encoded(std::string_view text, std::string_view characters) {
  std::string result;
  for (const char c : text) {
    if (characters.find(c) == std::string_view::npos) {
      result += c;
      continue;
    }
    std::array<char, 4> code{};
    std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    result += code.data();
  }
  return result;
}

std::string printed(const char* format, int decimals, double value) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), format, decimals, value);
  return text.data();
}

}  // namespace

std::string escape(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto code = static_cast<unsigned char>(c);
    // A colon before a space is plain; others make links and emoji.
    const bool plain_colon = i + 1 == text.size() || text[i + 1] == ' ';
    if (code < 0x20 || code == 0x7F) {
      escaped += ' ';
    } else if (special.find(c) != std::string_view::npos || (c == ':' && !plain_colon)) {
      escaped += "&#" + std::to_string(code) + ';';
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string annotation(std::string_view level, std::string_view title, std::string_view message) {
  return "::" + std::string(level) + " title=" + encoded(title, "%\r\n:,") + "::" + encoded(message, "%\r\n") + '\n';
}

std::string fixed(double value, int decimals) {
  const std::string text = printed("%.*f", decimals, value);
  return text.find_first_of("123456789") == std::string::npos && text.starts_with('-') ? text.substr(1) : text;
}

std::string bytes(std::int64_t count) {
  constexpr std::array<const char*, 4> units = {"B", "kB", "MB", "GB"};
  if (count < 1000) return std::to_string(count) + " B";
  auto value = static_cast<double>(count);
  std::size_t unit = 0;
  // From 999.5 on three digits show the next unit.
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0) + ' ' + units.at(unit);
}

}  // namespace github
