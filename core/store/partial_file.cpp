#include "core/store/partial_file.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <span>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/output_target.hpp"

namespace goldilocks::store {
namespace {

// Distinct by process, time and counter. Should two hosts that share a store hit the same name all the same, the lock
// tells, and the second takes another.
std::filesystem::path fresh_name(const std::filesystem::path& folder) {
  static std::atomic<unsigned> counter{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return folder / fmt::format("{}.{}.{}", ::getpid(), now, counter++);
}

void write_whole(int descriptor, std::string_view content, const std::filesystem::path& target) {
  if (::ftruncate(descriptor, 0) != 0) throw FileError(target, "write", errno);
  write_all(descriptor, std::as_bytes(std::span(content)), target);
  if (::fchmod(descriptor, 0444) != 0) throw FileError(target, "write", errno);
  // Network file systems report a full disk on closing; closing a duplicate asks them without giving up the lock.
  const int duplicate = ::dup(descriptor);
  if (duplicate < 0 || ::close(duplicate) != 0) throw FileError(target, "write", errno);
}

}  // namespace

PartialFile::PartialFile(const std::filesystem::path& folder, const std::filesystem::path& target,
                         std::string_view content)
    : target_(target) {
  for (const auto& needed : {folder, target.parent_path()}) {
    std::error_code error;
    std::filesystem::create_directories(needed, error);
    if (error) throw FileError(needed, "create the folder", error.value());
  }
  do {
    path_ = fresh_name(folder);
    file_ = LockedFile::attempt(path_, 0600);
  } while (!file_);
  try {
    write_whole(file_->descriptor(), content, target_);
  } catch (...) {
    ::unlink(path_.c_str());
    throw;
  }
}

PartialFile::~PartialFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void PartialFile::publish() {
  if (::rename(path_.c_str(), target_.c_str()) != 0) throw FileError(target_, "write", errno);
  path_.clear();
}

void remove_abandoned_files(const std::filesystem::path& folder) noexcept {
  std::error_code error;  // no such folder, or one that can't be listed: nothing to clear away
  for (std::filesystem::directory_iterator entry(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const auto file = LockedFile::attempt_existing(entry->path());
    if (file) ::unlink(entry->path().c_str());
  }
}

}  // namespace goldilocks::store
