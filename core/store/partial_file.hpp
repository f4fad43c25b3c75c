#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "core/base/locked_file.hpp"

namespace goldilocks::store {

// A read-only file (mode 0444) with its whole content, still under a name of its own in `folder`. It is
// deleted with the object unless it was published. While it exists its writer holds a lock on it, by which
// remove_abandoned_files tells a writer at work from one that died.
class PartialFile {
 public:
  // `target` is what the file is to become. Folders are created as needed. Throws FileError, and leaves no file behind.
  PartialFile(const std::filesystem::path& folder, const std::filesystem::path& target, std::string_view content);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  PartialFile(PartialFile&&) = delete;
  PartialFile& operator=(PartialFile&&) = delete;

  // Renames it to its target, in place of what is there. Once only. Throws FileError.
  void publish();

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;
  std::optional<LockedFile> file_;
};

// Deletes the partial files in `folder` whose writers are no more. Never throws: what can't be deleted stays.
void remove_abandoned_files(const std::filesystem::path& folder) noexcept;

}  // namespace goldilocks::store
