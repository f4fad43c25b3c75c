#include "core/base/open_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/system_fault.hpp"

namespace goldilocks {
namespace {

constexpr std::size_t copied_at_once = std::size_t{1} << 20U;

int checked(int descriptor, const std::filesystem::path& name, const char* action) {
  if (descriptor < 0) throw_file_error(name, action, errno);
  return descriptor;
}

struct stat status_of(const OpenFile& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) throw FileError(file.name(), "read", errno);
  return status;
}

}  // namespace

OpenFile::OpenFile(int descriptor, std::filesystem::path name) : descriptor_(descriptor), name_(std::move(name)) {}

OpenFile::OpenFile(const std::filesystem::path& path)
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    : OpenFile(checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path, "read"), path) {
  if (S_ISDIR(status_of(*this).st_mode)) throw FileError(path, "read", EISDIR);
}

OpenFile OpenFile::in_memory(const std::filesystem::path& name) {
  return {checked(::memfd_create("goldilocks", MFD_CLOEXEC), name, "write"), name};
}

OpenFile OpenFile::of_descriptor(int descriptor, const std::filesystem::path& name) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  return {checked(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0), name, "write"), name};
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

OpenFile::OpenFile(OpenFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  return *this;
}

std::uint64_t OpenFile::size() const { return static_cast<std::uint64_t>(status_of(*this).st_size); }

void OpenFile::read(std::uint64_t place, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_file_error(name_, "read", errno);
    if (count == 0) throw FileError(name_, "it is shorter than it was");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    place += static_cast<std::uint64_t>(count);
  }
}

void OpenFile::write(std::uint64_t place, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw FileError(name_, "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    place += static_cast<std::uint64_t>(count);
  }
}

void OpenFile::resize(std::uint64_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) throw FileError(name_, "write", errno);
}

void copy_content(const OpenFile& from, OpenFile& to) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  if (::ioctl(to.descriptor(), FICLONE, from.descriptor()) == 0) return;
  const std::uint64_t size = from.size();
  std::vector<std::byte> part(std::min<std::uint64_t>(size, copied_at_once));
  for (std::uint64_t place = 0; place < size; place += part.size()) {
    const auto bytes = std::span(part).first(std::min<std::uint64_t>(part.size(), size - place));
    from.read(place, bytes);
    to.write(place, bytes);
  }
}

}  // namespace goldilocks
