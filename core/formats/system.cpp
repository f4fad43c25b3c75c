#include "core/formats/system.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"

namespace goldilocks::formats {
namespace {

// A specification version is loaded from the system on that it came with, and by every later one.
constexpr std::array<System, 19> all_systems = {{
    {"ios11", "iOS 11", 1},           {"ios11.2", "iOS 11.2", 2},       {"ios12", "iOS 12", 3},
    {"ios13", "iOS 13", 4},           {"ios14", "iOS 14", 5},           {"ios15", "iOS 15", 6},
    {"ios16", "iOS 16", 7},           {"ios17", "iOS 17", 8},           {"ios18", "iOS 18", 9},
    {"ios26", "iOS 26", 10},          {"macos10.13", "macOS 10.13", 1}, {"macos10.14", "macOS 10.14", 3},
    {"macos10.15", "macOS 10.15", 4}, {"macos11", "macOS 11", 5},       {"macos12", "macOS 12", 6},
    {"macos13", "macOS 13", 7},       {"macos14", "macOS 14", 8},       {"macos15", "macOS 15", 9},
    {"macos26", "macOS 26", 10},
}};

std::string folded(std::string_view name) {
  std::string result;
  for (const char letter : name) {
    if (letter != ' ') result += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return result;
}

}  // namespace

std::span<const System> systems() { return all_systems; }

const System& system_named(std::string_view name) {
  const auto found =
      std::ranges::find(all_systems, folded(name), [](const System& system) { return std::string(system.name); });
  if (found != all_systems.end()) return *found;
  std::vector<std::string> names;
  for (const System& system : all_systems) names.emplace_back(system.name);
  throw UsageError(fmt::format("'{}' is no system that is known{}; known are {}", name,
                               did_you_mean(folded(name), names), fmt::join(names, ", ")));
}

std::string first_systems(int specification_version) {
  std::string text;
  for (const std::string_view kind : {"ios", "macos"}) {
    const System* first = nullptr;
    for (const System& system : all_systems) {
      if (!system.name.starts_with(kind) || system.newest_specification_version < specification_version) continue;
      if (first == nullptr || system.newest_specification_version < first->newest_specification_version)
        first = &system;
    }
    if (first == nullptr) continue;
    if (!text.empty()) text += " and ";
    text += first->title;
  }
  return text.empty() ? "no system that is known" : text;
}

}  // namespace goldilocks::formats
