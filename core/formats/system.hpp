#pragma once

#include <span>
#include <string>
#include <string_view>

namespace goldilocks::formats {

// A system that loads Core ML models.
struct System {
  std::string_view name;             // as the command line takes it: "ios16", "macos13"
  std::string_view title;            // "iOS 16", "macOS 13"
  int newest_specification_version;  // that it loads
};

// Every system that is known, oldest first, by kind. docs/compatibility.md has the same table with its sources.
std::span<const System> systems();

// The system of that name (upper or lower case, "iOS 16" too). Throws UsageError that lists the names for any other.
const System& system_named(std::string_view name);

// "iOS 16 and macOS 13": the first systems that load this specification version; "no system that is known" beyond all.
std::string first_systems(int specification_version);

}  // namespace goldilocks::formats
