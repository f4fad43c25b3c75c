#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/base/os/descriptor.hpp"

// Files as the system has them. A call that a signal interrupts is made again. What fails returns false, nothing, or a
// descriptor that is not open, and errno says why. Any thread.
namespace goldilocks::os {

enum class FileKind { file, folder, link, pipe, other };

struct FileStatus {
  FileKind kind = FileKind::other;
  std::uint64_t device = 0;  // these two are the same for all names of a file, and for no other file
  std::uint64_t number = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds since 1970
  std::int64_t changed = 0;   // the same, of the status or the content: no user can set it back
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint32_t permissions = 0;

  bool is_same_file(const FileStatus& other) const { return device == other.device && number == other.number; }
  bool operator==(const FileStatus&) const = default;
};

constexpr std::uint32_t others_may_write = 0002;
constexpr std::uint32_t group_may_write = 0020;
constexpr std::uint32_t only_owners_may_replace = 01000;  // of a folder such as /tmp

std::optional<FileStatus> status_of(const std::filesystem::path& path);  // links followed
std::optional<FileStatus> status_of_name(const std::filesystem::path& path);
std::optional<FileStatus> status_of(int descriptor);

enum class Opening {
  read,           // a pipe opens at once, without waiting for a writer
  read_no_link,   // the same, but a symbolic link is not followed
  update,         // to read and write; the file is created if there is none
  create,         // to read and write; there must be no file yet
  write_through,  // into a pipe or device; waits for a reader
};
Descriptor open(const std::filesystem::path& path, Opening opening, unsigned permissions = 0666);
Descriptor duplicate(int descriptor);

// At most as many bytes as there is room for; 0 at the end.
std::optional<std::size_t> read_some(int descriptor, std::span<std::byte> bytes);
std::optional<std::size_t> read_some_at(int descriptor, std::uint64_t place, std::span<std::byte> bytes);
// All of the bytes. The first waits where a pipe is full.
bool write_all(int descriptor, std::span<const std::byte> bytes);
bool write_all_at(int descriptor, std::uint64_t place, std::span<const std::byte> bytes);
bool resize(int descriptor, std::uint64_t size);
// All that was written is on the disk.
bool sync(int descriptor);
// Network file systems report a full disk when a file is closed: asks them without closing it.
bool check_written(int descriptor);

bool set_permissions(const std::filesystem::path& path, unsigned permissions);
bool set_permissions(int descriptor, unsigned permissions);
bool touch(const std::filesystem::path& path);   // it was modified now
bool remove(const std::filesystem::path& path);  // a name, of no folder
bool rename(const std::filesystem::path& from, const std::filesystem::path& to);
// "goldilocks-XXXXXX" below `folder`, for this user alone.
std::optional<std::filesystem::path> make_temporary_folder(const std::filesystem::path& folder);

enum class LockKind { exclusive, shared };
enum class Locking { locked, held_by_another, failed };
// An advisory lock on a file, which ends with all descriptors of this opening, and so with the process.
Locking lock(int descriptor, LockKind kind, bool wait);

// The content of a file, read-only, until unmap(); null if it fails. `size` is not 0.
const std::byte* map(int descriptor, std::size_t size);
void unmap(const std::byte* begin, std::size_t size);

// ---- What each system has in its own way: linux.cpp, macos.cpp

// A file without a name.
Descriptor open_nameless();
// Makes the content of a file that of another, without a copy, where the file system can.
bool share_content(int from, int to);
// Renames if nothing has the name yet (errno: EEXIST), or exchanges two names. errno is EINVAL or ENOSYS where the file
// system can't.
bool rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);
bool exchange(const std::filesystem::path& one, const std::filesystem::path& other);
// The folder of which each entry is a descriptor of this process.
const std::filesystem::path& folder_of_descriptors();

}  // namespace goldilocks::os
