#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace goldilocks::model {

// The outermost fields of a protobuf message, read without knowing the message: what is looked at where a file can't be
// parsed.
struct WireField {
  enum Type : std::uint8_t { number = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  std::size_t begin = 0;  // of its tag
  std::uint32_t id = 0;   // the number that the message gives it
  Type type = number;
  std::uint64_t value = 0;             // of a number; of bytes how many there should be
  std::span<const std::byte> content;  // of bytes: as many as there are
};

struct WireFields {
  std::vector<WireField> fields;              // up to where the bytes end or make no sense; at most 1,000
  std::uint64_t missing = 0;                  // what the last field needs more than there is
  std::optional<std::size_t> unintelligible;  // where no field begins, although there are bytes

  bool whole() const { return missing == 0 && !unintelligible; }
};

WireFields wire_fields(std::span<const std::byte> message);

}  // namespace goldilocks::model
