#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>

#include "core/base/error.hpp"

namespace goldilocks {

// A number for a 32-bit field of a document. Throws UsageError with `what` ("a size in bytes") where it doesn't fit, as
// a number that was cut would be another one.
template <std::integral Number>
std::uint32_t narrow(Number number, const char* what) {
  if (number < 0 || static_cast<std::uint64_t>(number) > std::numeric_limits<std::uint32_t>::max()) {
    throw UsageError(std::to_string(number) + " is beyond what the documents of a run hold as " + what);
  }
  return static_cast<std::uint32_t>(number);
}

}  // namespace goldilocks
