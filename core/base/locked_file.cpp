// A lock file has a race of its own: between opening it and locking it, the holder may unlink it, and then two
// processes each hold a lock on a file of that name. So after locking, the name is looked up again; if it no longer
// leads to the file that was locked, everything starts over.
//
// Where the file system has no locks (some network mounts), wait(), attempt() and create() go on without one: renames
// are safe alone, and nobody takes a file for abandoned whose lock can't be asked for. NFS locks exclusively only what
// is open for writing; so attempt_existing() takes a shared lock, which a writer's exclusive one keeps out as well.
#include "core/base/locked_file.hpp"

#include <cerrno>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"

namespace goldilocks {
namespace {

using os::Locking;
using os::LockKind;
using os::Opening;

bool name_leads_to(const std::filesystem::path& path, const os::Descriptor& descriptor) {
  const auto named = os::status_of(path);
  const auto opened = os::status_of(descriptor.number());
  return named && opened && named->is_same_file(*opened);
}

// A descriptor that is not open: somebody else holds the lock.
os::Descriptor open_and_lock(const std::filesystem::path& path, unsigned mode, LockKind kind, bool wait) {
  for (;;) {
    os::Descriptor descriptor = os::open(path, Opening::update, mode);
    if (!descriptor.is_open()) throw FileError(path, "open for writing", errno);
    const Locking outcome = os::lock(descriptor.number(), kind, wait);
    if (outcome == Locking::held_by_another) return os::Descriptor();
    if (outcome == Locking::failed || name_leads_to(path, descriptor)) return descriptor;
  }
}

}  // namespace

LockedFile LockedFile::wait(const std::filesystem::path& path, unsigned mode) {
  return LockedFile(open_and_lock(path, mode, LockKind::exclusive, true));
}

std::optional<LockedFile> LockedFile::attempt(const std::filesystem::path& path, unsigned mode) {
  os::Descriptor descriptor = open_and_lock(path, mode, LockKind::exclusive, false);
  if (!descriptor.is_open()) return std::nullopt;
  return LockedFile(std::move(descriptor));
}

std::optional<LockedFile> LockedFile::create(const std::filesystem::path& path, const std::filesystem::path& culprit,
                                             unsigned mode) {
  os::Descriptor descriptor = os::open(path, Opening::create, mode);
  if (!descriptor.is_open() && errno == EEXIST) return std::nullopt;
  if (!descriptor.is_open()) throw FileError(culprit, "write", errno);
  const Locking outcome = os::lock(descriptor.number(), LockKind::exclusive, false);
  // Somebody who looks for abandoned files may have found it between the two calls, and removes it then.
  if (outcome == Locking::held_by_another) return std::nullopt;
  if (outcome == Locking::locked && !name_leads_to(path, descriptor)) return std::nullopt;
  return LockedFile(std::move(descriptor));
}

LockedFile LockedFile::share(const std::filesystem::path& path, unsigned mode) {
  return LockedFile(open_and_lock(path, mode, LockKind::shared, true));
}

std::optional<LockedFile> LockedFile::attempt_existing(const std::filesystem::path& path) noexcept {
  os::Descriptor descriptor = os::open(path, Opening::read_no_link);
  if (!descriptor.is_open()) return std::nullopt;
  const bool locked = os::lock(descriptor.number(), LockKind::shared, false) == Locking::locked;
  if (!locked || !name_leads_to(path, descriptor)) return std::nullopt;
  return LockedFile(std::move(descriptor));
}

bool LockedFile::is_held(const std::filesystem::path& path) noexcept {
  const os::Descriptor descriptor = os::open(path, Opening::read_no_link);
  if (!descriptor.is_open()) return false;
  // Shared, so that two who ask at once don't take each other for a holder.
  return os::lock(descriptor.number(), LockKind::shared, false) == Locking::held_by_another &&
         name_leads_to(path, descriptor);
}

}  // namespace goldilocks
