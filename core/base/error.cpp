#include "core/base/error.hpp"

#include <system_error>

namespace goldilocks {

FileError::FileError(const std::filesystem::path& path, std::string_view action, int error_number)
    : Error(ExitCode::unreadable,
            path.string() + ": can't " + std::string(action) + ": " + std::generic_category().message(error_number)) {}

FileError::FileError(const std::filesystem::path& path, std::string_view problem)
    : Error(ExitCode::unreadable, path.string() + ": " + std::string(problem)) {}

}  // namespace goldilocks
