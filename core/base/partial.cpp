#include "core/base/partial.hpp"

#include <cerrno>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view mark = ".partial.";
constexpr std::string_view lock_ending = ".lock";
constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t digit_count = 16;

fs::path lock_of(const fs::path& folder) {
  fs::path lock = folder;
  lock += lock_ending;
  return lock;
}

void create_folder_above(const fs::path& target) {
  std::error_code error;
  if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
  if (error) throw FileError(target.parent_path(), "create the folder", error.value());
}

// A new name for a part of `target`, and the lock that says that somebody writes it: a file of that name, or, with the
// ending, one beside it.
LockedFile lock_new_name(const fs::path& target, const fs::path& name, std::string_view ending, unsigned permissions,
                         fs::path& path) {
  create_folder_above(target);
  for (;;) {
    path = partial_name(target);
    fs::path lock_name = path;
    lock_name += ending;
    if (auto lock = LockedFile::create(lock_name, name, permissions)) return *std::move(lock);
  }
}

// For reading and writing at any place. Leaves no part behind if that can't be.
OpenFile open_part(const LockedFile& lock, const fs::path& path, const fs::path& name) {
  try {
    return OpenFile::of_descriptor(lock.descriptor(), name);
  } catch (const FileError&) {
    os::remove(path);
    throw;
  }
}

// "model.mlmodel" of "model.mlmodel.partial.3f9a01c2d4e5b678"; nothing if the name is no such one.
std::optional<std::string_view> target_of(std::string_view name) {
  if (name.size() < mark.size() + digit_count) return std::nullopt;
  const std::string_view token = name.substr(name.size() - digit_count);
  name.remove_suffix(digit_count);
  if (!name.ends_with(mark) || token.find_first_not_of(digits) != std::string_view::npos) {
    return std::nullopt;
  }
  return name.substr(0, name.size() - mark.size());
}

// Of a folder, `file` is the lock: it goes last, as without it nobody would know the folder for what it is.
void remove_if_abandoned(const fs::path& file, std::string_view target_name) {
  fs::path part = file;
  const bool is_lock = part.extension() == lock_ending;
  if (is_lock) part.replace_extension();
  const std::string name = part.filename();
  const auto target = target_of(name);
  if (!target || (!target_name.empty() && *target != target_name)) return;
  const auto lock = LockedFile::attempt_existing(file);
  std::error_code error;
  if (lock && is_lock) fs::remove_all(part, error);
  if (lock && !error) fs::remove(file, error);
}

}  // namespace

fs::path partial_name(const fs::path& target) {
  std::random_device random;
  fs::path name = target;
  name += mark;
  for (std::size_t i = 0; i < digit_count; ++i) name += digits[random() % digits.size()];
  return name;
}

PartialFile::PartialFile(const fs::path& target, const fs::path& name, unsigned permissions)
    : lock_(lock_new_name(target, name, "", permissions, path_)), file_(open_part(lock_, path_, name)) {}

PartialFile::~PartialFile() {
  if (!path_.empty()) os::remove(path_);
}

void PartialFile::check_written() {
  if (!os::check_written(file_.descriptor())) throw FileError(file_.name(), "write", errno);
}

void PartialFile::publish(const fs::path& place) {
  if (!os::rename(path_, place)) throw FileError(place, "write", errno);
  path_.clear();
}

PartialFolder::PartialFolder(const fs::path& target) : lock_(lock_new_name(target, target, lock_ending, 0666, path_)) {
  std::error_code error;
  fs::create_directory(path_, error);
  if (!error) return;
  os::remove(lock_of(path_));
  throw FileError(target, "create the folder", error.value());
}

PartialFolder::~PartialFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
  if (!error) os::remove(lock_of(path_));
}

void remove_abandoned(const fs::path& folder, std::string_view target_name) noexcept {
  std::error_code error;  // no such folder, or one that can't be listed: nothing to clear away
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code unknown;
    if (fs::is_regular_file(entry->symlink_status(unknown))) remove_if_abandoned(entry->path(), target_name);
  }
}

}  // namespace goldilocks
