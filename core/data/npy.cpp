// The format: "\x93NUMPY", a version of two bytes, the length of the header (16 bits in version 1, 32 bits since), the
// header, and the values. The header is a Python dictionary as text:
//
//     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//
// Only as much of Python is read here as numpy writes: strings in either quotes, True and False, integers, one tuple.
#include "core/data/npy.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>

#include "core/base/error.hpp"

namespace goldilocks::data {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);

class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  struct Header {
    std::string type;
    bool fortran_order = false;
    std::vector<std::int64_t> shape;
  };

  Header parse() {
    std::optional<std::string> type;
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::int64_t>> shape;
    expect('{');
    while (!take('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !type) {
        if (peek() == '[') fail("structured types can't be read");
        type = string();
      } else if (key == "fortran_order" && !fortran_order) {
        fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = tuple();
      } else {
        fail("the header has an unexpected '" + key + "'");
      }
      if (!take(',') && peek() != '}') fail("the header is broken");
    }
    if (peek() != '\0') fail("the header is broken");
    if (!type || !fortran_order || !shape) fail("the header lacks descr, fortran_order or shape");
    return {*type, *fortran_order, *shape};
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw DataError(std::string(name_) + ": not a readable .npy file: " + problem);
  }

  // The next letter that is no space; 0 at the end.
  char peek() {
    const std::size_t start = rest_.find_first_not_of(" \n\r\t");
    rest_.remove_prefix(start == std::string_view::npos ? rest_.size() : start);
    return rest_.empty() ? '\0' : rest_.front();
  }

  bool take(char letter) {
    if (peek() != letter) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char letter) {
    if (!take(letter)) fail("the header is broken");
  }

  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail("the header is broken");
    rest_.remove_prefix(1);
    const std::size_t end = rest_.find(quote);
    if (end == std::string_view::npos) fail("the header is broken");
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool boolean() {
    peek();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    fail("the header is broken");
  }

  std::int64_t integer() {
    peek();
    std::size_t digits = 0;
    std::int64_t value = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
      if (value > (std::numeric_limits<std::int64_t>::max() - 9) / 10) fail("a dimension is too large");
      value = value * 10 + (rest_[digits] - '0');
    }
    if (digits == 0) fail("the header is broken");
    rest_.remove_prefix(digits);
    take('L');  // as Python 2 wrote long integers
    return value;
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> values;
    expect('(');
    while (!take(')')) {
      values.push_back(integer());
      if (!take(',') && peek() != ')') fail("the header is broken");
    }
    return values;
  }

  std::string_view rest_;
  std::string_view name_;
};

// The size of one value: 1, 2, 4, 8 or 16 bytes, by numpy's name of the type.
std::size_t item_size(const std::string& type, std::string_view name) {
  const auto refuse = [&](const char* what) -> std::size_t {
    throw DataError(std::string(name) + ": not a readable .npy file: " + what + " (type '" + type + "')");
  };
  if (type.size() < 3) return refuse("unknown type");
  if (type[0] == '>') return refuse("big-endian values can't be read");
  if (type[1] == 'O') return refuse("Python objects can't be read");
  constexpr std::string_view known = "|b1 |u1 |i1 <u2 <i2 <u4 <i4 <u8 <i8 <f2 <f4 <f8 <c8 <c16 ";
  if (type.find(' ') != std::string::npos || known.find(type + " ") == std::string_view::npos) {
    return refuse("the type can't be read");
  }
  return static_cast<std::size_t>(std::stoul(type.substr(2)));
}

}  // namespace

NpyView parse_npy(std::span<const std::byte> bytes, std::string_view name) {
  const auto fail = [&](const std::string& problem) {
    throw DataError(std::string(name) + ": not a readable .npy file: " + problem);
  };
  if (bytes.size() < 8 || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) fail("it doesn't begin as one");
  const auto version = std::to_integer<unsigned>(bytes[6]);
  if (version < 1 || version > 3) fail("version " + std::to_string(version) + " is unknown");
  const std::size_t length_size = version == 1 ? 2 : 4;
  if (bytes.size() < 8 + length_size) fail("the file ends too early");
  std::size_t length = 0;
  for (std::size_t i = length_size; i-- > 0;) length = length << 8U | std::to_integer<std::size_t>(bytes[8 + i]);
  bytes = bytes.subspan(8 + length_size);
  if (bytes.size() < length) fail("the file ends too early");

  HeaderParser parser({reinterpret_cast<const char*>(bytes.data()), length}, name);
  const auto header = parser.parse();
  if (header.fortran_order && header.shape.size() > 1) fail("values in Fortran order can't be read");
  NpyView view{header.type, header.shape, bytes.subspan(length)};
  std::size_t expected = item_size(header.type, name);
  for (const std::int64_t side : header.shape) {
    if (__builtin_mul_overflow(expected, static_cast<std::size_t>(side), &expected)) fail("the shape is too large");
  }
  // Nothing else bounds the sides of an array without values, and whoever counts its samples takes memory for them.
  constexpr std::int64_t longest_empty = 1 << 20;
  if (expected == 0 && std::ranges::any_of(header.shape, [](std::int64_t side) { return side > longest_empty; })) {
    fail("the shape is too large for an array without values");
  }
  if (view.values.size() != expected) {
    fail("its shape needs " + std::to_string(expected) + " bytes of values, and there are " +
         std::to_string(view.values.size()));
  }
  return view;
}

std::string npy_header(std::string_view type, std::span<const std::int64_t> shape) {
  std::string text = "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  text += shape.size() == 1 ? ",), }" : "), }";
  const std::size_t before = magic.size() + 4;
  text.append(63 - (before + text.size()) % 64, ' ');
  text += '\n';
  if (text.size() > 0xFFFF) throw std::invalid_argument("too many dimensions for an .npy header");
  std::string header(magic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xFFU), static_cast<char>(text.size() >> 8U)};
  return header + text;
}

}  // namespace goldilocks::data
