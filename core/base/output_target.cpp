// A name such as /dev/stdout is a link to /proc/self/fd/1, which looks like a link to the file that standard output was
// redirected to. It is followed no further: what the descriptor leads to may have lost its name, may be a pipe that has
// none, and has a position at which the writer of the command line wants the output.
#include "core/base/output_target.hpp"

#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"
#include "core/base/os/terminal.hpp"

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
  if (path == "-") return os::standard_output;
  std::error_code error;
  const fs::path descriptors = fs::canonical(os::folder_of_descriptors(), error);
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
  opened_ = os::open(path, os::Opening::write_through);
  if (!opened_.is_open()) throw FileError(path, "write", errno);
  descriptor_ = opened_.number();
}

void OutputTarget::write(std::span<const std::byte> content) const {
  if (!os::write_all(descriptor_, content)) throw FileError(path_, "write", errno);
}

bool is_standard_output(const fs::path& path) {
  if (own_descriptor(path) == os::standard_output) return true;
  const auto named = os::status_of(path);
  const auto output = os::status_of(os::standard_output);
  return named && output && named->kind == os::FileKind::pipe && named->is_same_file(*output);
}

}  // namespace goldilocks
