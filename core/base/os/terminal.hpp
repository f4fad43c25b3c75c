#pragma once

#include <cstddef>

namespace goldilocks::os {

constexpr int standard_input = 0;
constexpr int standard_output = 1;
constexpr int standard_error = 2;

bool is_terminal(int descriptor);
// In characters; 80 if it is not known.
std::size_t terminal_width(int descriptor);

}  // namespace goldilocks::os
