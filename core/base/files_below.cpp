#include "core/base/files_below.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;

class Walk {
 public:
  Walk(const fs::path& top, const std::function<bool(const fs::path&)>& left_out) : top_(top), left_out_(left_out) {}

  std::vector<fs::path> run() {
    enter({});
    std::ranges::sort(files_, {}, &fs::path::native);
    return std::move(files_);
  }

 private:
  // `below` is relative to the top.
  void enter(const fs::path& below) {
    const fs::path folder = below.empty() ? top_ : top_ / below;
    const auto status = os::status_of(folder);
    if (!status) throw FileError(folder, "read", errno);
    const std::pair identity(status->device, status->number);
    if (std::ranges::find(entered_, identity) != entered_.end()) return;
    entered_.push_back(identity);
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (left_out_(entry->path())) continue;
      const fs::path name = below / entry->path().filename();
      // A link that leads nowhere or to itself is no folder: whoever opens it is told.
      std::error_code unknown;
      if (fs::is_directory(entry->path(), unknown)) {
        enter(name);
      } else {
        files_.push_back(name);
      }
    }
    if (error) throw FileError(folder, "read", error.value());
    entered_.pop_back();
  }

  const fs::path& top_;
  const std::function<bool(const fs::path&)>& left_out_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> entered_;  // the folder at work and those above it
  std::vector<fs::path> files_;
};

}  // namespace

std::vector<fs::path> files_below(const fs::path& folder, const std::function<bool(const fs::path&)>& left_out) {
  return Walk(folder, left_out).run();
}

}  // namespace goldilocks
