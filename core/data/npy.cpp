// The format: "\x93NUMPY", a version of two bytes, the length of the header (16 bits in version 1, 32 bits since), the
// header, and the values. The header is a Python dictionary as text:
//
//     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//
// Only as much of Python is read here as numpy writes: strings in either quotes, True and False, integers, one tuple.
// A type is an order of bytes, a kind and a size: ">f4" is a big-endian float. In Fortran order, which a saved
// transpose has, the first index counts fastest.
#include "core/data/npy.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

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
    throw DataError(name_, "not a readable .npy file: " + problem);
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

// How values lie in a file.
struct Layout {
  std::string type;       // little endian
  std::size_t size = 0;   // of one value: 1, 2, 4, 8 or 16 bytes
  std::size_t swapped{};  // the number of bytes that stand in the opposite order; 0: none
};

Layout layout_of(const std::string& type, std::string_view name) {
  const auto refuse = [&](const char* what) -> Layout {
    throw DataError(name, std::string("not a readable .npy file: ") + what + " (type '" + type + "')");
  };
  if (type.size() < 3) return refuse("unknown type");
  const char order = type[0];
  const std::string kind = type.substr(1);
  if (kind[0] == 'O') return refuse("Python objects can't be read");
  constexpr std::string_view known = " b1 u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 c8 c16 ";
  const bool is_known = kind.find(' ') == std::string::npos && known.find(" " + kind + " ") != std::string_view::npos;
  const std::size_t size = is_known ? std::stoul(kind.substr(1)) : 0;
  constexpr std::string_view orders = "<>";
  if (!is_known || (orders.find(order) == std::string_view::npos && (order != '|' || size != 1))) {
    return refuse("the type can't be read");
  }
  Layout layout{(size == 1 ? "|" : "<") + kind, size};
  // A complex number is two floats, each with an order of its own.
  if (order == '>' && size > 1) layout.swapped = kind[0] == 'c' ? size / 2 : size;
  return layout;
}

struct ParsedFile {
  Layout layout;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> values;

  bool transposed() const { return fortran_order && shape.size() > 1 && !values.empty(); }
  NpyHeader header() const { return {layout.type, shape, !transposed() && layout.swapped == 0}; }
};

ParsedFile parse_file(std::span<const std::byte> bytes, std::string_view name) {
  const auto fail = [&](const std::string& problem) { throw DataError(name, "not a readable .npy file: " + problem); };
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
  ParsedFile file{layout_of(header.type, name), header.fortran_order, header.shape, bytes.subspan(length)};
  std::size_t expected = file.layout.size;
  for (const std::int64_t side : file.shape) {
    if (__builtin_mul_overflow(expected, static_cast<std::size_t>(side), &expected)) fail("the shape is too large");
  }
  if (file.values.size() != expected) {
    fail("its shape needs " + std::to_string(expected) + " bytes of values, and there are " +
         std::to_string(file.values.size()));
  }
  return file;
}

// One dimension while values are counted up from the last one.
struct Axis {
  std::size_t step;  // bytes from one value to the next along it, in Fortran order
  std::size_t side;
  std::size_t index;
};

// Values of `size` bytes from Fortran order into C order.
template <std::size_t size>
void reorder(const std::byte* from, std::span<std::byte> to, std::span<const std::int64_t> shape) {
  std::vector<Axis> axes;
  std::size_t step = size;
  for (const std::int64_t side : shape) {
    axes.push_back({step, static_cast<std::size_t>(side), 0});
    step *= static_cast<std::size_t>(side);
  }
  for (std::size_t done = 0; done < to.size(); done += size) {
    std::memcpy(to.data() + done, from, size);
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
      from += axis->step;
      if (++axis->index < axis->side) break;
      from -= axis->step * axis->side;
      axis->index = 0;
    }
  }
}

void reorder(const ParsedFile& file, std::span<std::byte> to) {
  const std::byte* from = file.values.data();
  switch (file.layout.size) {
    case 1:
      return reorder<1>(from, to, file.shape);
    case 2:
      return reorder<2>(from, to, file.shape);
    case 4:
      return reorder<4>(from, to, file.shape);
    case 8:
      return reorder<8>(from, to, file.shape);
    default:
      return reorder<16>(from, to, file.shape);
  }
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view name) {
  return parse_file(bytes, name).header();
}

NpyView parse_npy(std::span<const std::byte> bytes, std::string_view name) {
  ParsedFile file = parse_file(bytes, name);
  const NpyHeader header = file.header();
  std::shared_ptr<std::vector<std::byte>> copied;
  if (!header.as_stored) {
    copied = std::make_shared<std::vector<std::byte>>(file.values.begin(), file.values.end());
    if (file.transposed()) reorder(file, *copied);
    for (std::size_t i = 0; file.layout.swapped != 0 && i < copied->size(); i += file.layout.swapped) {
      std::reverse(copied->data() + i, copied->data() + i + file.layout.swapped);
    }
    file.values = *copied;
  }
  return {header, file.values, std::move(copied)};
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
