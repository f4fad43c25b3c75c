#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <goldilocks/node.hpp>

namespace goldilocks {
namespace detail {

inline std::string json_quoted(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20) {
      out += "\\u00";
      out += digits[code / 16];
      out += digits[code % 16];
    } else {
      out += c;
    }
  }
  return out + '"';
}

inline std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

class JsonWriter {
 public:
  explicit JsonWriter(int indent) : indent_(static_cast<std::size_t>(indent)) {}

  void value(const Node& node, std::size_t level) {
    switch (node.kind()) {
      case GLK_NODE_BOOL:
        text_ += node.as_bool() ? "true" : "false";
        break;
      case GLK_NODE_INTEGER:
        text_ += std::to_string(node.as_integer());
        break;
      case GLK_NODE_NUMBER:
        text_ += json_number(node.as_number());
        break;
      case GLK_NODE_STRING:
        text_ += json_quoted(node.as_string());
        break;
      case GLK_NODE_LIST:
      case GLK_NODE_MAP:
        container(node, level);
        break;
      default:
        text_ += "null";
    }
  }

  std::string take() { return std::move(text_) + '\n'; }

 private:
  void container(const Node& node, std::size_t level) {
    text_ += node.is_map() ? '{' : '[';
    bool first = true;
    const auto next = [&] {
      if (!first) text_ += ',';
      first = false;
      line(level + 1);
    };
    if (node.is_map()) {
      for (const auto& [key, entry] : node.entries()) {
        next();
        text_ += json_quoted(key) + (indent_ > 0 ? ": " : ":");
        value(entry, level + 1);
      }
    } else {
      for (const Node entry : node) {
        next();
        value(entry, level + 1);
      }
    }
    if (!first) line(level);
    text_ += node.is_map() ? '}' : ']';
  }

  void line(std::size_t level) {
    if (indent_ == 0) return;
    text_ += '\n';
    text_.append(level * indent_, ' ');
  }

  std::size_t indent_;
  std::string text_;
};

}  // namespace detail

// The node as JSON text in UTF-8 (RFC 8259). `indent` spaces per level and a line per entry, or all on one line for 0;
// ends with a line break either way. A number that JSON can't hold (nan, infinities) is null; one that is no integer in
// the document has a fraction or an exponent here too, so that a reader sees the same type. Doubles are the shortest
// that read back the same.
inline std::string json_text(const Node& node, int indent) {
  detail::JsonWriter writer(indent);
  writer.value(node, 0);
  return writer.take();
}

}  // namespace goldilocks
