#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace goldilocks::plugins {

// A plugin's struct as this host knows it: members that lie beyond the plugin's struct_size read as zero, and what the
// plugin knows beyond ours is left alone. `given` must not be null.
template <class Struct>
Struct copy_struct(const Struct* given) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  Struct copy;
  std::memset(&copy, 0, sizeof(copy));
  const std::size_t known = std::min<std::size_t>(given->struct_size, sizeof(Struct));
  std::memcpy(&copy, given, known);
  return copy;
}

}  // namespace goldilocks::plugins
