#pragma once

#include <string>
#include <string_view>

namespace goldilocks {

// The text in Unicode's normal form C, in which names compare: a letter with its accent is one character, and not two
// as in file names from older Macs. What is not UTF-8 stays as it is.
std::string normal_form(std::string_view text);

}  // namespace goldilocks
