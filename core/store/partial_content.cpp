#include "core/store/partial_content.hpp"

#include <cerrno>
#include <system_error>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"

namespace goldilocks::store {
namespace {

namespace fs = std::filesystem;

constexpr unsigned read_only = 0444;
constexpr const char* content_name = "content";

void create_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw FileError(folder, "create the folder", error.value());
}

void make_read_only(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error); !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    const fs::file_type type = entry->symlink_status(error).type();
    if (error || type == fs::file_type::directory) continue;
    if (type != fs::file_type::regular) throw FileError(entry->path(), "an artifact holds files and folders alone");
    if (!os::set_permissions(entry->path(), read_only)) throw FileError(entry->path(), "write", errno);
  }
  if (error) throw FileError(folder, "read", error.value());
}

}  // namespace

PartialContent::PartialContent(const fs::path& folder, Kind kind, const fs::path& name) : name_(name) {
  if (kind == Kind::folder) {
    folder_.emplace(folder / content_name);
  } else {
    file_.emplace(folder / content_name, name_, 0600U);
  }
}

void PartialContent::finish() {
  if (folder_) return make_read_only(path());
  if (!os::set_permissions(file().descriptor(), read_only)) throw FileError(name_, "write", errno);
  file_->check_written();
}

void PartialContent::publish(const fs::path& target) {
  create_folders(target.parent_path());
  if (file_) return file_->publish(target);
  if (!os::rename(path(), target)) throw FileError(target, "write", errno);
}

}  // namespace goldilocks::store
