#include "core/formats/ml_program/weight_file.hpp"

#include <cstring>

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace goldilocks::ml_program {
namespace {

constexpr std::uint64_t header_bytes = 64;
constexpr std::uint64_t metadata_bytes = 64;
constexpr std::uint32_t supported_version = 2;
constexpr std::uint32_t sentinel = 0xDEADBEEF;

template <class T>
T number_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

struct Metadata {
  std::uint32_t sentinel;
  std::uint32_t code;
  std::uint64_t size;
  std::uint64_t data;
  std::uint64_t unused_bits;
};

template <class... Args>
void require(bool holds, fmt::format_string<Args...> problem, Args&&... args) {
  if (!holds) throw ModelError(fmt::format(problem, std::forward<Args>(args)...));
}

// Unused bits are stated, and 0, only where elements don't fill whole bytes.
void check_unused_bits(std::span<const std::byte> data, std::uint64_t stated, const Type& type, std::uint64_t count) {
  const std::uint64_t used = count * static_cast<std::uint64_t>(bits(type.element));
  const std::uint64_t unused = data.size() * 8 - used;
  require(stated == unused, "the blob states {} unused bits; {} {} elements leave {}", stated, count,
          name(type.element), unused);
  require(static_cast<unsigned>(data.back()) >> (8 - unused) == 0, "the blob's unused bits are not 0");
}

}  // namespace

WeightFile::WeightFile(const std::filesystem::path& path) : file_(path) {
  const auto bytes = file_.bytes();
  require(bytes.size() >= header_bytes, "{}: {} bytes are too few for a weight file's header", path.string(),
          bytes.size());
  const auto version = number_at<std::uint32_t>(bytes, 4);
  require(version == supported_version, "{}: weight files of version {} can't be read, only those of version {}",
          path.string(), version, supported_version);
}

std::span<const std::byte> WeightFile::blob(std::uint64_t offset, const Type& type) const {
  const auto bytes = file_.bytes();
  require(offset >= header_bytes && offset <= bytes.size() && bytes.size() - offset >= metadata_bytes,
          "no blob fits at offset {} of the weight file, which has {} bytes", offset, bytes.size());
  const Metadata metadata{.sentinel = number_at<std::uint32_t>(bytes, offset),
                          .code = number_at<std::uint32_t>(bytes, offset + 4),
                          .size = number_at<std::uint64_t>(bytes, offset + 8),
                          .data = number_at<std::uint64_t>(bytes, offset + 16),
                          .unused_bits = number_at<std::uint64_t>(bytes, offset + 24)};
  require(metadata.sentinel == sentinel, "no blob begins at offset {} of the weight file", offset);
  require(blob_code(type.element) != 0, "values of type {} can't lie in a weight file", name(type.element));
  require(metadata.code == blob_code(type.element), "the blob at offset {} has the type code {}; {} has {}", offset,
          metadata.code, name(type.element), blob_code(type.element));
  require(metadata.size > 0, "the blob at offset {} is empty", offset);
  require(
      metadata.data >= header_bytes && metadata.data <= bytes.size() && metadata.size <= bytes.size() - metadata.data,
      "the blob at offset {} has {} bytes at {}, beyond the weight file's {}", offset, metadata.size, metadata.data,
      bytes.size());
  require(metadata.data >= offset + metadata_bytes || metadata.data + metadata.size <= offset,
          "the blob at offset {} overlaps its own metadata", offset);
  const auto count = static_cast<std::uint64_t>(element_count(type.shape).value());
  const std::uint64_t needed = packed_bytes(type.element, static_cast<std::int64_t>(count));
  require(metadata.size == needed, "the blob at offset {} has {} bytes; {} takes {}", offset, metadata.size, text(type),
          needed);
  const auto data = bytes.subspan(metadata.data, metadata.size);
  if (bits(type.element) < 8) check_unused_bits(data, metadata.unused_bits, type, count);
  return data;
}

}  // namespace goldilocks::ml_program
