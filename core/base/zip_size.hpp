#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace goldilocks {

// The size of the content deflated as `zip` does by default (level 6, no header), or its own size if that is less.
std::uint64_t deflated_size(std::span<const std::byte> content);

// The size of a zip archive whose one member has this deflated size and name, without extra fields and comments.
std::uint64_t zip_archive_size(std::uint64_t deflated, std::string_view name);

// "1.2.13": deflated sizes may differ from version to version.
std::string deflate_version();

}  // namespace goldilocks
