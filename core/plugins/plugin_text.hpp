#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace goldilocks::plugins {

// A text that a plugin handed over, fit to be shown and written to a document: one line of valid UTF-8, at most
// `limit` bytes of it read. Line breaks and control characters become spaces, invalid bytes question marks. Null reads
// as "".
std::string clean_text(const char* text, std::size_t limit = 4096);

// True for [a-z0-9_]+, which is what plugins and options may be called.
bool is_valid_name(std::string_view name);

}  // namespace goldilocks::plugins
