#pragma once

#include <filesystem>

// Questions about paths that never throw. The library's own throw for a loop of symbolic links, a folder that can't be
// entered and a name that is too long; here such a path is simply not there, and whoever opens it gets the system's
// reason. tests/architecture keeps the tree free of the throwing ones.
namespace goldilocks {

// Links are followed.
bool is_there(const std::filesystem::path& path) noexcept;
bool is_folder(const std::filesystem::path& path) noexcept;
bool is_plain_file(const std::filesystem::path& path) noexcept;

// A path from the root, with what stands between in it: "." and ".." are resolved by name. Throws FileError if the
// current folder is needed and is gone.
std::filesystem::path absolute_path(const std::filesystem::path& path);

// Throws FileError if it is gone.
std::filesystem::path current_folder();

}  // namespace goldilocks
