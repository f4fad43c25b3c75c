#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace goldilocks {

// The size of the content deflated as `zip` does by default (level 6, no header), or its own size if that is less.
std::uint64_t deflated_size(std::span<const std::byte> content);

// A file in a zip archive.
struct ZipMember {
  std::string name;
  std::uint64_t deflated = 0;
};

// The size of a zip archive of these members, without extra fields and comments.
std::uint64_t zip_archive_size(std::span<const ZipMember> members);

// "1.2.13": deflated sizes may differ from version to version.
std::string deflate_version();

}  // namespace goldilocks
