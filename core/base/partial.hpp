#pragma once

#include <filesystem>
#include <string_view>

#include "core/base/locked_file.hpp"
#include "core/base/open_file.hpp"

// Files and folders that are being written stand beside what they are to become, under names of their own:
// "model.mlmodel.partial.3f9a01c2d4e5b678", with 16 random hexadecimal digits. Who writes one holds a lock, which ends
// with the process however it dies, and which every machine sees that shares the folder. A file is locked itself; a
// folder by a file of its name with ".lock" at the end. What nobody holds is abandoned.
namespace goldilocks {

// A name for a part of `target`, in the same folder.
std::filesystem::path partial_name(const std::filesystem::path& target);

// A fresh and empty file beside `target`, which goes with the object unless it is published: the way in which every
// file comes into being.
class PartialFile {
 public:
  // Folders above are created. `name` is what messages begin with. Throws FileError.
  PartialFile(const std::filesystem::path& target, const std::filesystem::path& name, unsigned permissions = 0666);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  PartialFile(PartialFile&&) = delete;
  PartialFile& operator=(PartialFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  OpenFile& file() { return file_; }

  // Throws FileError if the file system did not take all that was written.
  void check_written();
  // Renames it, in place of a file that is there. Once. Throws FileError.
  void publish(const std::filesystem::path& place);

 private:
  std::filesystem::path path_;  // empty once it is published
  LockedFile lock_;
  OpenFile file_;
};

// A fresh and empty folder beside `target`, which goes with the object and all that is in it. Folders above it are
// created.
class PartialFolder {
 public:
  // Throws FileError that names `target`.
  explicit PartialFolder(const std::filesystem::path& target);
  ~PartialFolder();
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;
  PartialFolder(PartialFolder&&) = delete;
  PartialFolder& operator=(PartialFolder&&) = delete;

  // It may be renamed to what it was made for.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  LockedFile lock_;
};

// Deletes what died writers have left in `folder`: everything, or only what was to become the file or folder called
// `target_name`. Never throws: what can't be deleted, and what can't be locked as the file system has no locks, stays.
void remove_abandoned(const std::filesystem::path& folder, std::string_view target_name = {}) noexcept;

}  // namespace goldilocks
