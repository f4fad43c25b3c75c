#pragma once

#include <filesystem>
#include <functional>
#include <vector>

namespace goldilocks {

// Everything below a folder that is no folder, at any depth: paths relative to it, in the byte order of their names.
// Links to folders are followed, but never into a folder that the link itself lies in, so that a loop of links comes to
// an end. What `left_out` is true for (it is given the path) is left out, a folder with all that is in it. Throws
// FileError for a folder that can't be read.
std::vector<std::filesystem::path> files_below(
    const std::filesystem::path& folder,
    const std::function<bool(const std::filesystem::path&)>& left_out = [](const auto&) { return false; });

}  // namespace goldilocks
