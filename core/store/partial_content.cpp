#include "core/store/partial_content.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <sys/stat.h>

#include "core/base/error.hpp"

namespace goldilocks::store {
namespace {

namespace fs = std::filesystem;

constexpr mode_t read_only = 0444;
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
    if (::chmod(entry->path().c_str(), read_only) != 0) throw FileError(entry->path(), "write", errno);
  }
  if (error) throw FileError(folder, "read", error.value());
}

}  // namespace

PartialContent::PartialContent(const fs::path& folder, Kind kind, const fs::path& name) : name_(name) {
  create_folders(folder);
  if (kind == Kind::folder) {
    folder_.emplace(folder / content_name);
    return;
  }
  do {
    path_ = partial_name(folder / content_name);
    lock_ = LockedFile::create(path_, name_, 0600);
  } while (!lock_);
  file_ = OpenFile::of_descriptor(lock_->descriptor(), name_);
}

PartialContent::~PartialContent() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void PartialContent::finish() {
  if (folder_) return make_read_only(path());
  if (::fchmod(file_->descriptor(), read_only) != 0) throw FileError(name_, "write", errno);
  // Network file systems report a full disk on closing; closing a duplicate asks them without giving up the lock.
  const int duplicate = ::dup(file_->descriptor());
  if (duplicate < 0 || ::close(duplicate) != 0) throw FileError(name_, "write", errno);
}

void PartialContent::publish(const fs::path& target) {
  create_folders(target.parent_path());
  if (::rename(path().c_str(), target.c_str()) != 0) throw FileError(target, "write", errno);
  path_.clear();
}

}  // namespace goldilocks::store
