#include "xml_text.hpp"

namespace junit {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Whether one of U+FFFE and U+FFFF begins here, which are not characters of XML.
bool is_no_character(std::string_view text) {
  return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF");
}

}  // namespace

std::string escape(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\n') {
      escaped += "&#10;";
    } else if (c == '\r') {
      escaped += "&#13;";
    } else if (c == '\t') {
      escaped += "&#9;";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      escaped += replacement;
    } else if (is_no_character(text.substr(i))) {
      escaped += replacement;
      i += 2;
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace junit
