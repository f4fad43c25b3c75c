#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "core/base/os/descriptor.hpp"

namespace goldilocks {

// An open file that holds an exclusive lock (flock). The lock ends with the object, and with the process however it
// dies. It excludes other threads of this process too. Moves, not copies.
class LockedFile {
 public:
  // Opens `path` for reading and writing, creates it if needed (`mode` as for open), and waits for the lock. Whoever
  // unlinks a file does so while holding its lock, so that a lock is never held on a file that has lost its name.
  // Throws FileError.
  static LockedFile wait(const std::filesystem::path& path, unsigned mode = 0666);

  // The same without waiting: nothing if somebody else holds the lock.
  static std::optional<LockedFile> attempt(const std::filesystem::path& path, unsigned mode = 0666);

  // A lock that others may hold at the same time in this way, and nobody in another; waits for it.
  static LockedFile share(const std::filesystem::path& path, unsigned mode = 0666);

  // A new file under a name that is free; nothing if it is taken. Throws FileError that names `culprit`, the file that
  // the caller is writing.
  static std::optional<LockedFile> create(const std::filesystem::path& path, const std::filesystem::path& culprit,
                                          unsigned mode = 0666);

  // For a file that must be there already, which may be one that can only be read: its lock keeps out those above, but
  // not another of this kind. Nothing if the file is not there, can't be opened, or is locked. Never throws.
  static std::optional<LockedFile> attempt_existing(const std::filesystem::path& path) noexcept;

  // Whether somebody holds the lock of a file; false where there is none or it can't be told. Never throws, and stands
  // in nobody's way but that of an attempt within the same moment.
  static bool is_held(const std::filesystem::path& path) noexcept;

  int descriptor() const { return descriptor_.number(); }

 private:
  explicit LockedFile(os::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  os::Descriptor descriptor_;
};

}  // namespace goldilocks
