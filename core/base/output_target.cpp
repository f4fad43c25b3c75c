// A name such as /dev/stdout is a link to /proc/self/fd/1, which looks like a link to the file that standard output was
// redirected to. It is followed no further: what the descriptor leads to may have lost its name, may be a pipe that has
// none, and has a position at which the writer of the command line wants the output.
#include "core/base/output_target.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>

#include <sys/stat.h>

#include "core/base/error.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;

constexpr int link_limit = 40;  // as the kernel's own

std::optional<int> number_of(const std::string& name) {
  int number = 0;
  const char* end = name.data() + name.size();
  const auto [rest, problem] = std::from_chars(name.data(), end, number);
  return problem == std::errc() && rest == end && number >= 0 ? std::optional(number) : std::nullopt;
}

// The descriptor of this process that a path names, through whatever links.
std::optional<int> own_descriptor(fs::path path) {
  if (path == "-") return STDOUT_FILENO;
  std::error_code error;
  const fs::path descriptors = fs::canonical("/proc/self/fd", error);
  if (error) return std::nullopt;
  for (int links = 0; links < link_limit; ++links) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const fs::path real = fs::canonical(folder, error);
    if (error) return std::nullopt;
    if (real == descriptors) return number_of(path.filename().string());
    const fs::path target = fs::read_symlink(path, error);
    if (error) return std::nullopt;
    path = real / target;
  }
  return std::nullopt;
}

}  // namespace

OutputTarget::OutputTarget(const fs::path& path) : path_(path), file_(path) {
  if (const auto own = own_descriptor(path)) {
    descriptor_ = *own;
    return;
  }
  if (!path.has_filename()) throw FileError(path, "write", EISDIR);  // "folder/"
  std::error_code error;
  const fs::file_type named = fs::symlink_status(path, error).type();
  if (named == fs::file_type::not_found || named == fs::file_type::regular) return;
  const fs::file_type type = fs::status(path, error).type();
  switch (type) {
    case fs::file_type::not_found:
      throw FileError(path, "is a symbolic link that leads nowhere, which is not replaced");
    case fs::file_type::none:
      throw FileError(path, "write", error.value());
    case fs::file_type::directory:
      throw FileError(path, "write", EISDIR);
    case fs::file_type::regular:
      file_ = fs::canonical(path, error);
      if (error) throw FileError(path, "write", error.value());
      return;
    default:
      break;
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor_ < 0) throw FileError(path, "write", errno);
  opened_ = true;
}

OutputTarget::~OutputTarget() {
  if (opened_) ::close(descriptor_);
}

void OutputTarget::write(std::span<const std::byte> content) const { write_all(descriptor_, content, path_); }

bool is_standard_output(const fs::path& path) {
  if (own_descriptor(path) == STDOUT_FILENO) return true;
  struct stat named {};
  struct stat output {};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(STDOUT_FILENO, &output) == 0 && S_ISFIFO(named.st_mode) &&
         named.st_dev == output.st_dev && named.st_ino == output.st_ino;
}

void write_all(int descriptor, std::span<const std::byte> content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written >= 0) {
      content = content.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      struct pollfd ready {
        descriptor, POLLOUT, 0
      };
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      throw FileError(path, "write", errno);
    }
  }
}

}  // namespace goldilocks
