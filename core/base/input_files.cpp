#include "core/base/input_files.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"
#include "core/base/os/terminal.hpp"

namespace goldilocks {
namespace {

std::pair<std::uint64_t, std::uint64_t> identity(const os::FileStatus& status) {
  return {status.device, status.number};
}

}  // namespace

void InputFiles::add(const std::filesystem::path& input) {
  if (const auto status = os::status_of(input)) files_.insert(identity(*status));
}

bool InputFiles::contains(const std::filesystem::path& file) const {
  const auto status = file == "-" ? os::status_of(os::standard_output) : os::status_of(file);
  return status && files_.contains(identity(*status));
}

void InputFiles::require_other(const std::filesystem::path& output) const {
  if (!contains(output)) return;
  throw UsageError(output.string(),
                   "is an input of this command, and would be lost; write to another file, or give --force");
}

}  // namespace goldilocks
