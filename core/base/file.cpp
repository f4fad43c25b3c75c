#include "core/base/file.hpp"

#include <cerrno>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"
#include "core/base/output_target.hpp"
#include "core/base/partial.hpp"
#include "core/base/system_fault.hpp"

namespace goldilocks {
namespace {

// Of a pipe or device nobody knows the size, and it can be read only once.
os::Descriptor open_for_reading(const std::filesystem::path& path, os::FileStatus& status) {
  os::Descriptor descriptor = os::open(path, os::Opening::read);
  if (!descriptor.is_open()) throw_file_error(path, "read", errno);
  const auto found = os::status_of(descriptor.number());
  if (!found) throw_file_error(path, "read", errno);
  status = *found;
  if (status.kind == os::FileKind::folder) throw FileError(path, "read", EISDIR);
  if (status.kind != os::FileKind::file) throw FileError(path, "is a pipe or a device; a file is needed");
  return descriptor;
}

// Makes what is written the file of that name.
void commit(PartialFile& part, const std::filesystem::path& target) {
  if (!os::sync(part.file().descriptor())) throw FileError(target, "write", errno);
  part.check_written();
  part.publish(target);
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  os::FileStatus status;
  const os::Descriptor file = open_for_reading(path, status);
  size_ = static_cast<std::size_t>(status.size);
  if (size_ == 0) return;
  data_ = os::map(file.number(), size_);
  if (data_ == nullptr) throw_file_error(path, "read", errno);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) os::unmap(data_, size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

std::string read_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> content) {
  const OutputTarget target(path);
  if (target.is_stream()) return target.write(content);
  PartialFile part(target.file(), target.file());
  part.file().write(0, content);
  commit(part, target.file());
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  write_file_atomically(path, std::as_bytes(std::span(content)));
}

void copy_file_atomically(const std::filesystem::path& from, const std::filesystem::path& to) {
  os::FileStatus status;
  const os::Descriptor source = open_for_reading(from, status);
  const OutputTarget target(to);
  if (target.is_stream()) return target.write(MappedFile(from).bytes());
  PartialFile part(target.file(), target.file());
  if (!os::share_content(source.number(), part.file().descriptor())) part.file().write(0, MappedFile(from).bytes());
  commit(part, target.file());
}

}  // namespace goldilocks
