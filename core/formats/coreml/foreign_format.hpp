#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace goldilocks::model {

// What bytes that are no Core ML model look like, and what to do about it: "a zip archive; unpack it first". Empty if
// nothing is recognized.
std::string_view describe_foreign_format(std::span<const std::byte> bytes);

// The same of a zip archive, by the name of its first member.
std::string_view describe_zip(std::string_view first_member);

// Whether bytes that can't be parsed begin as a Core ML model does: a version, then a description. So they were one
// before they were cut short or damaged.
bool begins_as_model(std::span<const std::byte> bytes);

}  // namespace goldilocks::model
