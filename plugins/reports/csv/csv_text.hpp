#pragma once

#include <string>
#include <string_view>

namespace csv {

// The text as one field: as it is, or in quotes with its own quotes doubled (RFC 4180) where it holds a comma, a quote
// or a line break.
std::string field(std::string_view text);

// The shortest decimal that reads back as the same double, always with a fraction or an exponent, as Swift describes a
// Double: 0.64, 1.0, 5e-05, nan.
std::string number(double value);

}  // namespace csv
