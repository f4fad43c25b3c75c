#pragma once

#include <filesystem>
#include <string_view>

#include "core/base/error.hpp"

namespace goldilocks {

// A file could not be used for a reason that may be gone the next time: a failing device, no descriptor or no memory
// left. Whoever goes on without a file that can't be read lets this error pass, as what is computed without it would
// depend on the moment.
class SystemFault : public FileError {
 public:
  using FileError::FileError;
};

// Throws SystemFault for an error number of that kind, FileError for others.
[[noreturn]] void throw_file_error(const std::filesystem::path& path, std::string_view action, int error_number);

}  // namespace goldilocks
