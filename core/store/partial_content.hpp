#pragma once

#include <filesystem>
#include <optional>

#include "core/base/open_file.hpp"
#include "core/base/partial.hpp"

namespace goldilocks::store {

// A file or a folder that is being written under a name of its own in `folder`. It is deleted with the object unless it
// was published, and by remove_abandoned() if its writer has died.
class PartialContent {
 public:
  enum class Kind { file, folder };

  // `name` is what error messages begin with. The folder is created as needed. Throws FileError, and leaves nothing
  // behind.
  PartialContent(const std::filesystem::path& folder, Kind kind, const std::filesystem::path& name);
  // The file, or the folder, which others fill.
  const std::filesystem::path& path() const { return folder_ ? folder_->path() : file_->path(); }
  // Precondition: a file.
  OpenFile& file() { return file_->file(); }

  // Makes the file, or all files of the folder, read-only (mode 0444); call it once the content is whole. Throws
  // FileError, also for a folder that holds anything but files and folders.
  void finish();
  // Renames it to `target`, whose folder is created as needed, in place of a file that is there. Once only. Throws
  // FileError.
  void publish(const std::filesystem::path& target);

 private:
  std::filesystem::path name_;
  std::optional<PartialFolder> folder_;
  std::optional<PartialFile> file_;
};

}  // namespace goldilocks::store
