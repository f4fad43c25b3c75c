// A lock file has a race of its own: between opening it and locking it, the holder may unlink it, and then two
// processes each hold a lock on a file of that name. So after locking, the name is looked up again; if it no longer
// leads to the file that was locked, everything starts over.
//
// Where the file system has no locks (some network mounts), wait(), attempt() and create() go on without one: renames
// are safe alone, and nobody takes a file for abandoned whose lock can't be asked for. NFS locks exclusively only what
// is open for writing; so attempt_existing() takes a shared lock, which a writer's exclusive one keeps out as well.
#include "core/base/locked_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <sys/file.h>
#include <sys/stat.h>

#include "core/base/error.hpp"

namespace goldilocks {
namespace {

bool name_leads_to(const std::filesystem::path& path, int descriptor) {
  struct stat named {};
  struct stat opened {};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(descriptor, &opened) == 0 && named.st_ino == opened.st_ino &&
         named.st_dev == opened.st_dev;
}

enum class Outcome { locked, held_by_another, failed };

Outcome lock(int descriptor, int operation) {
  while (::flock(descriptor, operation) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return Outcome::held_by_another;
    return Outcome::failed;
  }
  return Outcome::locked;
}

// The descriptor, or -1 if somebody else holds the lock.
int open_and_lock(const std::filesystem::path& path, unsigned mode, int operation) {
  for (;;) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode);
    if (descriptor < 0) throw FileError(path, "open for writing", errno);
    const Outcome outcome = lock(descriptor, operation);
    if (outcome == Outcome::failed || (outcome == Outcome::locked && name_leads_to(path, descriptor))) {
      return descriptor;
    }
    ::close(descriptor);
    if (outcome == Outcome::held_by_another) return -1;
  }
}

}  // namespace

LockedFile LockedFile::wait(const std::filesystem::path& path, unsigned mode) {
  return LockedFile(open_and_lock(path, mode, LOCK_EX));
}

std::optional<LockedFile> LockedFile::attempt(const std::filesystem::path& path, unsigned mode) {
  const int descriptor = open_and_lock(path, mode, LOCK_EX | LOCK_NB);
  if (descriptor < 0) return std::nullopt;
  return LockedFile(descriptor);
}

std::optional<LockedFile> LockedFile::create(const std::filesystem::path& path, const std::filesystem::path& culprit,
                                             unsigned mode) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0 && errno == EEXIST) return std::nullopt;
  if (descriptor < 0) throw FileError(culprit, "write", errno);
  LockedFile file(descriptor);
  const Outcome outcome = lock(descriptor, LOCK_EX | LOCK_NB);
  // Somebody who looks for abandoned files may have found it between the two calls, and removes it then.
  const bool ours = outcome == Outcome::failed || (outcome == Outcome::locked && name_leads_to(path, descriptor));
  return ours ? std::optional(std::move(file)) : std::nullopt;
}

LockedFile LockedFile::share(const std::filesystem::path& path, unsigned mode) {
  return LockedFile(open_and_lock(path, mode, LOCK_SH));
}

std::optional<LockedFile> LockedFile::attempt_existing(const std::filesystem::path& path) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return std::nullopt;
  LockedFile file(descriptor);
  if (lock(descriptor, LOCK_SH | LOCK_NB) != Outcome::locked || !name_leads_to(path, descriptor)) return std::nullopt;
  return file;
}

bool LockedFile::is_held(const std::filesystem::path& path) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return false;
  const LockedFile file(descriptor);
  // Shared, so that two who ask at once don't take each other for a holder.
  return lock(descriptor, LOCK_SH | LOCK_NB) == Outcome::held_by_another && name_leads_to(path, descriptor);
}

LockedFile::~LockedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

LockedFile::LockedFile(LockedFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockedFile& LockedFile::operator=(LockedFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace goldilocks
