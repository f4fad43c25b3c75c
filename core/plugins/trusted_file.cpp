// Walks a path as the kernel does, component by component, following each symbolic link itself: a check of the given
// path and of the resolved one alone would miss the folders of links in between.
#include "core/plugins/trusted_file.hpp"

#include <cerrno>
#include <list>
#include <string_view>
#include <system_error>

#include "core/base/os/files.hpp"
#include "core/base/os/user.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

constexpr int link_limit = 40;  // as the kernel's own

bool belongs_to_us(const os::FileStatus& status) { return status.owner == 0 || status.owner == os::effective_user(); }

bool writable_by_others(const os::FileStatus& status) {
  if ((status.permissions & os::others_may_write) != 0) return true;
  return (status.permissions & os::group_may_write) != 0 && status.group != 0 && !os::is_private_group(status.group);
}

std::string problem_of(const fs::path& path, const os::FileStatus& status) {
  const bool is_folder = status.kind == os::FileKind::folder;
  const bool is_link = status.kind == os::FileKind::link;
  const std::string_view kind = is_folder ? "folder " : is_link ? "symbolic link " : "";
  if (!belongs_to_us(status)) return std::string(kind) + path.string() + " belongs to another user";
  if (is_link) return {};  // a link's own mode means nothing; its folder decides who can replace it
  if (is_folder && (status.permissions & os::only_owners_may_replace) != 0) return {};
  if (writable_by_others(status)) return std::string(kind) + path.string() + " can be written by other users";
  return {};
}

}  // namespace

std::string reason_to_distrust(const fs::path& file) {
  fs::path current = file.root_path();
  const fs::path below = file.relative_path();
  std::list<fs::path> rest(below.begin(), below.end());
  int links = 0;

  auto status = os::status_of(current);
  if (!status) return current.string() + ": " + std::system_category().message(errno);
  if (std::string problem = problem_of(current, *status); !problem.empty()) return problem;

  while (!rest.empty()) {
    const fs::path component = rest.front();
    rest.pop_front();
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      current = current.parent_path();
      continue;
    }
    const fs::path next = current / component;
    status = os::status_of_name(next);
    if (!status) return next.string() + ": " + std::system_category().message(errno);
    if (std::string problem = problem_of(next, *status); !problem.empty()) return problem;
    if (status->kind != os::FileKind::link) {
      current = next;
      continue;
    }
    if (++links > link_limit) return file.string() + ": too many symbolic links";
    std::error_code problem;
    const fs::path target = fs::read_symlink(next, problem);
    if (problem) return next.string() + ": " + problem.message();
    if (target.is_absolute()) current = target.root_path();
    const fs::path relative = target.relative_path();
    rest.insert(rest.begin(), relative.begin(), relative.end());
  }
  return {};
}

}  // namespace goldilocks::plugins
