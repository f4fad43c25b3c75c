// A zip archive is a local header and the deflated content of each member, their entries in the central directory, and
// the end of that directory (APPNOTE.TXT, 4.3.7, 4.3.12, 4.3.16). Only sizes are wanted, so what is deflated goes into
// a small buffer that is used again and again.
#include "core/base/zip_size.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace goldilocks {
namespace {

constexpr std::uint64_t local_header = 30;
constexpr std::uint64_t directory_entry = 46;
constexpr std::uint64_t directory_end = 22;
constexpr int raw_deflate = -15;  // the largest window, without zlib's own header
constexpr int usual_memory = 8;

}  // namespace

std::uint64_t deflated_size(std::span<const std::byte> content) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw_deflate, usual_memory, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::array<Bytef, 65536> buffer;
  std::uint64_t size = 0;
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  for (std::size_t begin = 0;;) {
    const std::size_t count = std::min(content.size() - begin, most);
    // zlib's interface lacks a const; it only reads.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(content.data() + begin));
    stream.avail_in = static_cast<uInt>(count);
    begin += count;
    const bool last = begin == content.size();
    do {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
      size += buffer.size() - stream.avail_out;
    } while (stream.avail_out == 0);
    if (last) break;
  }
  deflateEnd(&stream);
  return std::min<std::uint64_t>(size, content.size());
}

std::uint64_t zip_archive_size(std::span<const ZipMember> members) {
  std::uint64_t size = directory_end;
  for (const ZipMember& member : members) {
    size += local_header + directory_entry + 2 * member.name.size() + member.deflated;
  }
  return size;
}

std::string deflate_version() { return zlibVersion(); }

}  // namespace goldilocks
