#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace goldilocks::testing {

// A zip archive of these members, by name, stored or deflated, as numpy writes .npz files.
inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& members, bool deflated) {
  const auto number = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i, value >>= 8U) text += static_cast<char>(value & 0xFFU);
    return text;
  };
  const auto packed = [&](const std::string& content) {
    if (!deflated) return content;
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    std::string out(content.size() + 1000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  };
  std::string archive;
  std::string directory;
  for (const auto& [name, content] : members) {
    const std::string data = packed(content);
    const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
    std::string facts = number(20, 2) + number(0, 2) + number(deflated ? 8 : 0, 2) + number(0, 4) + number(crc, 4);
    facts += number(data.size(), 4) + number(content.size(), 4) + number(name.size(), 2) + number(0, 2);
    directory += "PK\x01\x02" + number(20, 2) + facts + number(0, 10) + number(archive.size(), 4) + name;
    archive += "PK\x03\x04" + facts + name + data;
  }
  const std::string count = number(members.size(), 2);
  std::string end = "PK\x05\x06" + number(0, 4) + count;
  end += count + number(directory.size(), 4) + number(archive.size(), 4) + number(0, 2);
  return archive + directory + end;
}

}  // namespace goldilocks::testing
