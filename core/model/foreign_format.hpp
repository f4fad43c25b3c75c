#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace goldilocks::model {

// What bytes that are no Core ML model look like, and what to do about it: "a zip archive; unpack it first". Empty if
// nothing is recognized.
std::string_view describe_foreign_format(std::span<const std::byte> bytes);

}  // namespace goldilocks::model
