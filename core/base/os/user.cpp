#include "core/base/os/user.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <vector>

namespace goldilocks::os {

std::uint32_t effective_user() { return ::geteuid(); }

std::filesystem::path home_folder() {
  struct passwd entry {};
  struct passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return entry.pw_dir;
}

bool is_private_group(std::uint32_t group) {
  std::vector<char> user_memory(16384);
  struct passwd user {};
  struct passwd* found_user = nullptr;
  ::getpwuid_r(::geteuid(), &user, user_memory.data(), user_memory.size(), &found_user);
  std::vector<char> group_memory(65536);
  struct group entry {};
  struct group* found_group = nullptr;
  ::getgrgid_r(group, &entry, group_memory.data(), group_memory.size(), &found_group);
  if (found_user == nullptr || found_group == nullptr) return false;
  const std::string_view name = user.pw_name;
  if (entry.gr_name != name) return false;
  for (char** member = entry.gr_mem; *member != nullptr; ++member) {
    if (*member != name) return false;
  }
  return true;
}

}  // namespace goldilocks::os
