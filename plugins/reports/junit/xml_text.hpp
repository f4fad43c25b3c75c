#pragma once

#include <string>
#include <string_view>

namespace junit {

// The UTF-8 text for an attribute in double quotes or for an element's content. Line breaks and tabs stay as they are
// in both; characters that XML 1.0 has no way to write (other control characters, U+FFFE, U+FFFF) become U+FFFD.
std::string escape(std::string_view text);

}  // namespace junit
