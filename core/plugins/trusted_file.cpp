// Walks a path as the kernel does, component by component, following each symbolic link itself: a check of the given
// path and of the resolved one alone would miss the folders of links in between.
#include "core/plugins/trusted_file.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <list>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/stat.h>

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

constexpr int link_limit = 40;  // as the kernel's own

bool belongs_to_us(const struct stat& status) { return status.st_uid == 0 || status.st_uid == ::geteuid(); }

// Debian and others give each user a group of the same name, and a umask that lets it write.
bool is_private_group(gid_t group) {
  std::vector<char> user_memory(16384);
  struct passwd user {};
  struct passwd* found_user = nullptr;
  ::getpwuid_r(::geteuid(), &user, user_memory.data(), user_memory.size(), &found_user);
  std::vector<char> group_memory(65536);
  struct group entry {};
  struct group* found_group = nullptr;
  ::getgrgid_r(group, &entry, group_memory.data(), group_memory.size(), &found_group);
  if (found_user == nullptr || found_group == nullptr) return false;
  const std::string_view name = user.pw_name;
  if (entry.gr_name != name) return false;
  for (char** member = entry.gr_mem; *member != nullptr; ++member) {
    if (*member != name) return false;
  }
  return true;
}

bool writable_by_others(const struct stat& status) {
  if ((status.st_mode & S_IWOTH) != 0) return true;
  return (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0 && !is_private_group(status.st_gid);
}

std::string problem_of(const fs::path& path, const struct stat& status) {
  const std::string_view kind = S_ISDIR(status.st_mode) ? "folder " : S_ISLNK(status.st_mode) ? "symbolic link " : "";
  if (!belongs_to_us(status)) return std::string(kind) + path.string() + " belongs to another user";
  if (S_ISLNK(status.st_mode)) return {};  // a link's own mode means nothing; its folder decides who can replace it
  if (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0) return {};
  if (writable_by_others(status)) return std::string(kind) + path.string() + " can be written by other users";
  return {};
}

}  // namespace

std::string reason_to_distrust(const fs::path& file) {
  fs::path current = file.root_path();
  const fs::path below = file.relative_path();
  std::list<fs::path> rest(below.begin(), below.end());
  int links = 0;

  struct stat status {};
  if (::stat(current.c_str(), &status) != 0) return current.string() + ": " + std::system_category().message(errno);
  if (std::string problem = problem_of(current, status); !problem.empty()) return problem;

  while (!rest.empty()) {
    const fs::path component = rest.front();
    rest.pop_front();
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      current = current.parent_path();
      continue;
    }
    const fs::path next = current / component;
    if (::lstat(next.c_str(), &status) != 0) {
      return next.string() + ": " + std::system_category().message(errno);
    }
    if (std::string problem = problem_of(next, status); !problem.empty()) return problem;
    if (!S_ISLNK(status.st_mode)) {
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
