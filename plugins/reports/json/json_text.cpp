#include "json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace json {
namespace {

using goldilocks::Node;

std::string quoted(std::string_view text) {
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

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

class Writer {
 public:
  explicit Writer(int indent) : indent_(static_cast<std::size_t>(indent)) {}

  void value(const Node& node, std::size_t level) {
    switch (node.kind()) {
      case GLK_NODE_BOOL:
        text_ += node.as_bool() ? "true" : "false";
        break;
      case GLK_NODE_INTEGER:
        text_ += std::to_string(node.as_integer());
        break;
      case GLK_NODE_NUMBER:
        text_ += number(node.as_number());
        break;
      case GLK_NODE_STRING:
        text_ += quoted(node.as_string());
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
        text_ += quoted(key) + (indent_ > 0 ? ": " : ":");
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

}  // namespace

std::string to_json(const Node& node, int indent) {
  Writer writer(indent);
  writer.value(node, 0);
  return writer.take();
}

}  // namespace json
