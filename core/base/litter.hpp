#pragma once

#include <filesystem>

namespace goldilocks {

// What systems leave in people's folders without being asked: .DS_Store and ._name of macOS, Thumbs.db and desktop.ini
// of Windows, @eaDir of network storage, and their like. It belongs to nobody's data, wherever it is found: it is no
// part of a release, of a dataset, or of a folder that a plugin is given.
bool is_litter(const std::filesystem::path& file_or_folder);

// Litter, or hidden: a name that begins with a dot. Neither is data.
bool is_hidden_or_litter(const std::filesystem::path& file_or_folder);

// True for a folder that can be read and holds nothing but litter.
bool is_folder_of_litter(const std::filesystem::path& folder);

}  // namespace goldilocks
