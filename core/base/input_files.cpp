#include "core/base/input_files.hpp"

#include <unistd.h>

#include <optional>

#include <sys/stat.h>

#include "core/base/error.hpp"

namespace goldilocks {
namespace {

using Identity = std::pair<std::uint64_t, std::uint64_t>;

std::optional<Identity> identity(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Identity(status.st_dev, status.st_ino);
}

std::optional<Identity> identity_of_standard_output() {
  struct stat status {};
  if (::fstat(STDOUT_FILENO, &status) != 0) return std::nullopt;
  return Identity(status.st_dev, status.st_ino);
}

}  // namespace

void InputFiles::add(const std::filesystem::path& input) {
  if (const auto found = identity(input)) files_.insert(*found);
}

bool InputFiles::contains(const std::filesystem::path& file) const {
  const auto found = file == "-" ? identity_of_standard_output() : identity(file);
  return found && files_.contains(*found);
}

void InputFiles::require_other(const std::filesystem::path& output) const {
  if (!contains(output)) return;
  throw UsageError(output.string() +
                   ": is an input of this command, and would be lost; write to another file, or give --force");
}

}  // namespace goldilocks
