#include "core/plugins/new_plugin.hpp"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

// The name that the template itself has, so that it can be built as it lies.
constexpr std::string_view placeholder = "plugin_name";

std::string substitute(std::string text, std::string_view name) {
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at)) {
    text.replace(at, placeholder.size(), name);
    at += name.size();
  }
  return text;
}

// A folder beside the final one, on the same file system, that goes with the object unless it is renamed.
class PartialFolder {
 public:
  explicit PartialFolder(const fs::path& final_folder)
      : path_(fmt::format("{}.partial.{}", final_folder.string(), ::getpid())) {
    if (::mkdir(path_.c_str(), 0777) == 0) return;
    const int error_number = errno;
    path_.clear();
    throw FileError(final_folder, "create", error_number);
  }
  ~PartialFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;
  PartialFolder(PartialFolder&&) = delete;
  PartialFolder& operator=(PartialFolder&&) = delete;

  const fs::path& path() const { return path_; }

  void rename_to(const fs::path& final_folder) {
    std::error_code problem;
    fs::rename(path_, final_folder, problem);
    if (problem) throw FileError(final_folder, "create", problem.value());
    path_.clear();
  }

 private:
  fs::path path_;
};

}  // namespace

void create_plugin_project(const std::string& name, const fs::path& parent, const fs::path& template_folder) {
  if (!is_valid_name(name)) {
    throw UsageError(fmt::format("'{}' can't be the name of a plugin: names are made of a-z, 0-9 and _", name));
  }
  const fs::path project = parent / name;
  std::error_code problem;
  if (fs::exists(fs::symlink_status(project, problem))) {
    throw UsageError(fmt::format("{}: is there already", project.string()));
  }
  if (!fs::is_directory(template_folder, problem)) throw FileError(template_folder, "the plugin template is missing");

  PartialFolder partial(project);
  fs::recursive_directory_iterator entry(template_folder, problem);
  for (const fs::recursive_directory_iterator end; !problem && entry != end; entry.increment(problem)) {
    const fs::path relative = entry->path().lexically_relative(template_folder);
    const fs::path target = partial.path() / substitute(relative.string(), name);
    if (entry->is_directory()) {
      fs::create_directories(target, problem);
      if (problem) throw FileError(target, "create", problem.value());
    } else {
      write_file_atomically(target, substitute(read_file(entry->path()), name));
    }
  }
  if (problem) throw FileError(template_folder, "read", problem.value());
  partial.rename_to(project);
}

}  // namespace goldilocks::plugins
