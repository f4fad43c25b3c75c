#pragma once

#include <string_view>

namespace goldilocks::data {

// True if the text is well-formed UTF-8: names of files may hold any bytes, but the documents that name them may not.
bool is_utf8(std::string_view text);

}  // namespace goldilocks::data
