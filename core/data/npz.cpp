// A zip archive is read from its end: a record there says where the central directory is, whose entries have each
// member's name, method, sizes, checksum, and the place of its local header, behind which its content stands
// (APPNOTE.TXT, 4.3.7, 4.3.12, 4.3.16). The sizes of the local headers are not used: numpy leaves them out.
#include "core/data/npz.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace goldilocks::data {
namespace {

constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t entry_signature = 0x02014b50;
constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::size_t end_size = 22;
constexpr std::size_t entry_size = 46;
constexpr std::size_t local_size = 30;
constexpr std::size_t longest_comment = 0xffff;
constexpr std::uint32_t in_zip64 = 0xffffffff;  // the number is 64 bits wide and stands elsewhere
constexpr std::uint16_t encrypted = 1;
constexpr std::uint16_t stored = 0;
constexpr std::uint16_t deflated = 8;
constexpr std::string_view ending = ".npy";

class Archive {
 public:
  Archive(std::span<const std::byte> bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  std::map<std::string, std::string> read() const {
    const std::size_t end = find_end();
    const std::size_t count = number(end + 10, 2);
    std::size_t at = number(end + 16, 4);
    if (at == in_zip64) fail("archives of 4 GiB and more can't be read; .npy files can be as large");
    std::map<std::string, std::string> arrays;
    std::size_t packed = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (number(at, 4) != entry_signature) fail("the zip archive is damaged");
      const std::size_t name_size = number(at + 28, 2);
      const std::string member(text(at + entry_size, name_size));
      if (member.ends_with(ending)) {
        const std::string array = member.substr(0, member.size() - ending.size());
        if (!arrays.emplace(array, content(at, member)).second) fail("has two arrays of the name '" + array + "'");
        // Entries that point at the same bytes would make a small file unpack to any size.
        packed += number(at + 20, 4);
        if (packed > bytes_.size()) fail("the zip archive is damaged");
      }
      at += entry_size + name_size + number(at + 30, 2) + number(at + 32, 2);
    }
    if (arrays.empty()) fail("holds no array");
    return arrays;
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { throw DataError(name_, problem); }

  std::string_view text(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) fail("the zip archive is cut short or damaged");
    return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
  }

  // Little endian.
  std::uint32_t number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    const std::string_view digits = text(at, size);
    for (std::size_t i = size; i-- > 0;) value = value << 8U | static_cast<std::uint8_t>(digits[i]);
    return value;
  }

  // The last record of the archive, which a comment may follow.
  std::size_t find_end() const {
    if (bytes_.size() < end_size) fail("not a .npz file");
    const std::size_t last = bytes_.size() - end_size;
    const std::size_t first = last - std::min(last, longest_comment);
    for (std::size_t at = last + 1; at-- > first;) {
      if (number(at, 4) == end_signature) return at;
    }
    fail("not a .npz file, or cut short");
  }

  std::string content(std::size_t entry, const std::string& member) const {
    if ((number(entry + 8, 2) & encrypted) != 0) fail("'" + member + "' is encrypted");
    const std::size_t packed_size = number(entry + 20, 4);
    const std::size_t size = number(entry + 24, 4);
    const std::size_t local = number(entry + 42, 4);
    if (packed_size == in_zip64 || size == in_zip64 || local == in_zip64) {
      fail("'" + member + "' is of 4 GiB or more; .npy files can be as large");
    }
    if (number(local, 4) != local_signature) fail("the zip archive is damaged");
    const std::size_t begin = local + local_size + number(local + 26, 2) + number(local + 28, 2);
    const std::string_view packed = text(begin, packed_size);
    const std::uint32_t method = number(entry + 10, 2);
    std::string unpacked;
    if (method == deflated) {
      unpacked = inflated(packed, size, member);
    } else if (method == stored && packed_size == size) {
      unpacked = packed;
    } else {
      fail("'" + member + "' is compressed in another way than numpy does");
    }
    const auto* begin_of = reinterpret_cast<const Bytef*>(unpacked.data());
    if (crc32_z(0, begin_of, unpacked.size()) != number(entry + 16, 4)) fail("'" + member + "' is damaged");
    return unpacked;
  }

  std::string inflated(std::string_view packed, std::size_t size, const std::string& member) const {
    // No byte deflates to more than some 1030 of them, so that a false size takes no memory.
    constexpr std::size_t most = 1100;
    if (size / most > packed.size()) fail("'" + member + "' is damaged");
    std::string unpacked(size, '\0');
    z_stream stream{};
    constexpr int raw_deflate = -15;
    if (inflateInit2(&stream, raw_deflate) != Z_OK) throw std::bad_alloc();
    // zlib's interface lacks a const; it only reads. Both sizes are below 4 GiB.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
    stream.avail_out = static_cast<uInt>(unpacked.size());
    const int outcome = inflate(&stream, Z_FINISH);
    const bool whole = outcome == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!whole) fail("'" + member + "' is damaged");
    return unpacked;
  }

  std::span<const std::byte> bytes_;
  std::string_view name_;
};

}  // namespace

std::map<std::string, std::string> read_npz(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  return parse_npz(mapped.bytes(), file.string());
}

std::map<std::string, std::string> parse_npz(std::span<const std::byte> bytes, std::string_view name) {
  try {
    return Archive(bytes, name).read();
  } catch (const std::bad_alloc&) {
    throw DataError(name, "there is not enough memory to unpack it");
  }
}

}  // namespace goldilocks::data
