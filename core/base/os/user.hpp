#pragma once

#include <cstdint>
#include <filesystem>

namespace goldilocks::os {

// The user whose rights this process has.
std::uint32_t effective_user();
// The home folder of the user, as the system knows it without $HOME; empty if it doesn't.
std::filesystem::path home_folder();
// Whether the group has the effective user's own name and no other member: Debian and others give each user such a
// group, and a umask that lets it write.
bool is_private_group(std::uint32_t group);

}  // namespace goldilocks::os
