#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace goldilocks {

// The index of the first byte that is not part of well-formed UTF-8 (no overlong forms, no surrogates), if any: names
// of files may hold any bytes, but the documents that name them may not.
std::optional<std::size_t> invalid_utf8(std::string_view text);

}  // namespace goldilocks
