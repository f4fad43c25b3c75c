#include "core/base/os/terminal.hpp"

#include <unistd.h>

#include <sys/ioctl.h>

namespace goldilocks::os {

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

std::size_t terminal_width(int descriptor) {
  struct winsize size {};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace goldilocks::os
