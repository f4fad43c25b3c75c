#pragma once

#include <filesystem>
#include <string>

namespace goldilocks::plugins {

// Why this user should not run the code in a file, or "" if nothing speaks against it: the file, and every folder and
// symbolic link on the way to it, must belong to root or the user, and no other user may write to the file or a folder
// above it. A folder with the sticky bit (/tmp) may be writable, as others can't replace what lies in it. A group may
// write if it is root's, or has the user's own name and no other member (the private groups of many systems).
//
// `file` is absolute. The reason begins with the file, folder or link at fault.
std::string reason_to_distrust(const std::filesystem::path& file);

}  // namespace goldilocks::plugins
