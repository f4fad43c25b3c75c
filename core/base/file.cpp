#include "core/base/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/output_target.hpp"
#include "core/base/partial.hpp"
#include "core/base/system_fault.hpp"

namespace goldilocks {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() { ::close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// Of a pipe or device nobody knows the size, and it can be read only once; without O_NONBLOCK, opening a pipe would
// wait for a writer.
int open_for_reading(const std::filesystem::path& path, struct stat& status) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw_file_error(path, "read", errno);
  const int error_number = ::fstat(descriptor, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
  if (error_number == 0 && S_ISREG(status.st_mode)) return descriptor;
  ::close(descriptor);
  if (error_number != 0) throw_file_error(path, "read", error_number);
  throw FileError(path, "is a pipe or a device; a file is needed");
}

// A file under another name that disappears unless it is committed.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path target) : target_(std::move(target)), file_(create()) {}
  ~TemporaryFile() {
    if (!committed_) ::unlink(temporary_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;

  int descriptor() const { return file_.descriptor(); }

  void write(std::span<const std::byte> content) { write_all(descriptor(), content, target_); }

  void commit() {
    if (::fsync(descriptor()) != 0) throw FileError(target_, "write", errno);
    // Network file systems report a full disk on closing; closing a duplicate asks them without giving up the lock.
    const int duplicate = ::dup(descriptor());
    if (duplicate < 0 || ::close(duplicate) != 0) throw FileError(target_, "write", errno);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) throw FileError(target_, "write", errno);
    committed_ = true;
  }

 private:
  LockedFile create() {
    std::error_code error;
    if (target_.has_parent_path()) std::filesystem::create_directories(target_.parent_path(), error);
    if (error) throw FileError(target_.parent_path(), "create the folder", error.value());
    for (;;) {
      temporary_ = partial_name(target_);
      if (auto file = LockedFile::create(temporary_, target_)) return *std::move(file);
    }
  }

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  LockedFile file_;
  bool committed_ = false;
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  struct stat status {};
  const Descriptor file(open_for_reading(path, status));
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) throw_file_error(path, "read", errno);
  data_ = static_cast<const std::byte*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr)
    ::munmap(const_cast<std::byte*>(data_), size_);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
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
  TemporaryFile file(target.file());
  file.write(content);
  file.commit();
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  write_file_atomically(path, std::as_bytes(std::span(content)));
}

void copy_file_atomically(const std::filesystem::path& from, const std::filesystem::path& to) {
  struct stat status {};
  const Descriptor source(open_for_reading(from, status));
  const OutputTarget target(to);
  if (target.is_stream()) return target.write(MappedFile(from).bytes());
  TemporaryFile file(target.file());
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  if (::ioctl(file.descriptor(), FICLONE, source.get()) != 0) file.write(MappedFile(from).bytes());
  file.commit();
}

}  // namespace goldilocks
