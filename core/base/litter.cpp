#include "core/base/litter.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace goldilocks {
namespace {

// In small letters: Windows doesn't tell Thumbs.db from thumbs.db.
constexpr std::array<std::string_view, 24> names = {
    // macOS
    ".ds_store", ".appledouble", ".appledb", ".appledesktop", ".localized", ".fseventsd", ".spotlight-v100",
    ".temporaryitems", ".trashes", ".volumeicon.icns", ".documentrevisions-v100", "icon\r", "__macosx",
    // Windows
    "thumbs.db", "thumbs.db:encryptable", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$recycle.bin",
    "system volume information",
    // Linux and network storage
    ".directory", "lost+found", "@eadir", "#recycle"};

// ._image.jpg: what macOS keeps of a file where it can't keep it with the file. .nfs000...: of a file that was deleted
// while it was open, on NFS. .fuse_hidden000...: the same on FUSE.
constexpr std::array<std::string_view, 4> beginnings = {"._", ".nfs0", ".fuse_hidden0", ".trash-"};

}  // namespace

bool is_litter(const std::filesystem::path& file_or_folder) {
  std::string name = file_or_folder.filename().string();
  std::ranges::transform(name, name.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return std::ranges::find(names, name) != names.end() ||
         std::ranges::any_of(beginnings, [&](std::string_view beginning) { return name.starts_with(beginning); });
}

bool is_hidden_or_litter(const std::filesystem::path& file_or_folder) {
  return file_or_folder.filename().native().starts_with('.') || is_litter(file_or_folder);
}

bool is_folder_of_litter(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (!is_litter(entry->path())) return false;
  }
  return !error;
}

}  // namespace goldilocks
