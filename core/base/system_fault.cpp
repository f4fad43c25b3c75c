#include "core/base/system_fault.hpp"

#include <cerrno>

namespace goldilocks {

void throw_file_error(const std::filesystem::path& path, std::string_view action, int error_number) {
  switch (error_number) {
    case EAGAIN:
    case EINTR:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      throw SystemFault(path, action, error_number);
    default:
      throw FileError(path, action, error_number);
  }
}

}  // namespace goldilocks
