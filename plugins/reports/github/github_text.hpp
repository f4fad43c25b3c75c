#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace github {

// The text such that GitHub's Markdown shows it as it is, on one line, also in a table's cell.
std::string escape(std::string_view text);

// A workflow command: "::error title=T::message", with what would end a part of it encoded.
std::string annotation(std::string_view level, std::string_view title, std::string_view message);

// "1.24 MB": three digits, units of 1000; bytes below that in full.
std::string bytes(std::int64_t count);

// With this many decimals; never a negative zero.
std::string fixed(double value, int decimals);

}  // namespace github
