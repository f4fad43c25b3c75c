#include "core/base/open_file.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"
#include "core/base/system_fault.hpp"

namespace goldilocks {
namespace {

constexpr std::size_t copied_at_once = std::size_t{1} << 20U;

os::Descriptor checked(os::Descriptor descriptor, const std::filesystem::path& name, const char* action) {
  if (!descriptor.is_open()) throw_file_error(name, action, errno);
  return descriptor;
}

os::FileStatus status_of(const OpenFile& file) {
  const auto status = os::status_of(file.descriptor());
  if (!status) throw FileError(file.name(), "read", errno);
  return *status;
}

}  // namespace

OpenFile::OpenFile(os::Descriptor descriptor, std::filesystem::path name)
    : descriptor_(std::move(descriptor)), name_(std::move(name)) {}

OpenFile::OpenFile(const std::filesystem::path& path)
    : OpenFile(checked(os::open(path, os::Opening::read), path, "read"), path) {
  if (status_of(*this).kind == os::FileKind::folder) throw FileError(path, "read", EISDIR);
}

OpenFile OpenFile::in_memory(const std::filesystem::path& name) {
  return {checked(os::open_nameless(), name, "write"), name};
}

OpenFile OpenFile::of_descriptor(int descriptor, const std::filesystem::path& name) {
  return {checked(os::duplicate(descriptor), name, "write"), name};
}

std::uint64_t OpenFile::size() const { return status_of(*this).size; }

void OpenFile::read(std::uint64_t place, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const auto count = os::read_some_at(descriptor(), place, bytes);
    if (!count) throw_file_error(name_, "read", errno);
    if (*count == 0) throw FileError(name_, "it is shorter than it was");
    bytes = bytes.subspan(*count);
    place += *count;
  }
}

void OpenFile::write(std::uint64_t place, std::span<const std::byte> bytes) {
  if (!os::write_all_at(descriptor(), place, bytes)) throw FileError(name_, "write", errno);
}

void OpenFile::resize(std::uint64_t size) {
  if (!os::resize(descriptor(), size)) throw FileError(name_, "write", errno);
}

void copy_content(const OpenFile& from, OpenFile& to) {
  if (os::share_content(from.descriptor(), to.descriptor())) return;
  const std::uint64_t size = from.size();
  std::vector<std::byte> part(std::min<std::uint64_t>(size, copied_at_once));
  for (std::uint64_t place = 0; place < size; place += part.size()) {
    const auto bytes = std::span(part).first(std::min<std::uint64_t>(part.size(), size - place));
    from.read(place, bytes);
    to.write(place, bytes);
  }
}

}  // namespace goldilocks
