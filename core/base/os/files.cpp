// What is the same on all systems that have POSIX.
#include "core/base/os/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): rename() of POSIX
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace goldilocks::os {
namespace {

template <class Call>
auto repeated(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

FileKind kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return FileKind::file;
    case S_IFDIR:
      return FileKind::folder;
    case S_IFLNK:
      return FileKind::link;
    case S_IFIFO:
      return FileKind::pipe;
    default:
      return FileKind::other;
  }
}

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStatus read_status(const struct stat& status) {
#ifdef __APPLE__
  const timespec& modified = status.st_mtimespec;
  const timespec& changed = status.st_ctimespec;
#else
  const timespec& modified = status.st_mtim;
  const timespec& changed = status.st_ctim;
#endif
  return {.kind = kind_of(status.st_mode),
          .device = static_cast<std::uint64_t>(status.st_dev),
          .number = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified = nanoseconds(modified),
          .changed = nanoseconds(changed),
          .owner = status.st_uid,
          .group = status.st_gid,
          .permissions = static_cast<std::uint32_t>(status.st_mode & ~static_cast<mode_t>(S_IFMT))};
}

int flags_of(Opening opening) {
  switch (opening) {
    case Opening::read:
      return O_RDONLY | O_NONBLOCK;
    case Opening::read_no_link:
      return O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
    case Opening::update:
      return O_RDWR | O_CREAT;
    case Opening::create:
      return O_RDWR | O_CREAT | O_EXCL;
    case Opening::write_through:
      return O_WRONLY | O_NOCTTY;
  }
  return O_RDONLY;
}

std::optional<std::size_t> count_of(ssize_t count) {
  return count < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(count));
}

}  // namespace

std::optional<FileStatus> status_of(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? std::optional(read_status(status)) : std::nullopt;
}

std::optional<FileStatus> status_of_name(const std::filesystem::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? std::optional(read_status(status)) : std::nullopt;
}

std::optional<FileStatus> status_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 ? std::optional(read_status(status)) : std::nullopt;
}

Descriptor open(const std::filesystem::path& path, Opening opening, unsigned permissions) {
  const int flags = flags_of(opening) | O_CLOEXEC;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  return Descriptor(repeated([&] { return ::open(path.c_str(), flags, static_cast<mode_t>(permissions)); }));
}

Descriptor duplicate(int descriptor) {
  return Descriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

std::optional<std::size_t> read_some(int descriptor, std::span<std::byte> bytes) {
  return count_of(repeated([&] { return ::read(descriptor, bytes.data(), bytes.size()); }));
}

std::optional<std::size_t> read_some_at(int descriptor, std::uint64_t place, std::span<std::byte> bytes) {
  const auto offset = static_cast<off_t>(place);
  return count_of(repeated([&] { return ::pread(descriptor, bytes.data(), bytes.size(), offset); }));
}

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = repeated([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      struct pollfd ready {
        descriptor, POLLOUT, 0
      };
      ::poll(&ready, 1, -1);
    } else {
      return false;
    }
  }
  return true;
}

bool write_all_at(int descriptor, std::uint64_t place, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto offset = static_cast<off_t>(place);
    const ssize_t written = repeated([&] { return ::pwrite(descriptor, bytes.data(), bytes.size(), offset); });
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    place += static_cast<std::uint64_t>(written);
  }
  return true;
}

bool resize(int descriptor, std::uint64_t size) {
  return repeated([&] { return ::ftruncate(descriptor, static_cast<off_t>(size)); }) == 0;
}

bool sync(int descriptor) {
  return repeated([&] { return ::fsync(descriptor); }) == 0;
}

bool check_written(int descriptor) {
  const int other = ::dup(descriptor);
  return other >= 0 && ::close(other) == 0;
}

bool set_permissions(const std::filesystem::path& path, unsigned permissions) {
  return ::chmod(path.c_str(), static_cast<mode_t>(permissions)) == 0;
}

bool set_permissions(int descriptor, unsigned permissions) {
  return ::fchmod(descriptor, static_cast<mode_t>(permissions)) == 0;
}

bool touch(const std::filesystem::path& path) { return ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0; }

bool remove(const std::filesystem::path& path) { return ::unlink(path.c_str()) == 0; }

bool rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  return ::rename(from.c_str(), to.c_str()) == 0;
}

std::optional<std::filesystem::path> make_temporary_folder(const std::filesystem::path& folder) {
  std::string pattern = (folder / "goldilocks-XXXXXX").string();
  return ::mkdtemp(pattern.data()) == nullptr ? std::nullopt : std::optional<std::filesystem::path>(pattern);
}

Locking lock(int descriptor, LockKind kind, bool wait) {
  const int operation = (kind == LockKind::exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);
  if (repeated([&] { return ::flock(descriptor, operation); }) == 0) return Locking::locked;
  return errno == EWOULDBLOCK ? Locking::held_by_another : Locking::failed;
}

const std::byte* map(int descriptor, std::size_t size) {
  void* const begin = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  return begin == MAP_FAILED ? nullptr : static_cast<const std::byte*>(begin);
}

void unmap(const std::byte* begin, std::size_t size) {
  ::munmap(const_cast<std::byte*>(begin), size);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

}  // namespace goldilocks::os
