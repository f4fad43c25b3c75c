#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace goldilocks::plugins {

// A plugin's struct as this host knows it: members that lie beyond the plugin's struct_size read as zero, and what the
// plugin knows beyond ours is left alone. A compiler's sizeof is a multiple of the struct's alignment, so a size that
// isn't ends within a member, and half a pointer is worse than none. `given` must not be null.
template <class Struct>
Struct copy_struct(const Struct* given) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  Struct copy;
  std::memset(&copy, 0, sizeof(copy));
  const std::size_t whole = given->struct_size / alignof(Struct) * alignof(Struct);
  const std::size_t known = std::min<std::size_t>(whole, sizeof(Struct));
  std::memcpy(&copy, given, known);
  return copy;
}

}  // namespace goldilocks::plugins
