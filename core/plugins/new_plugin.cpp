#include "core/plugins/new_plugin.hpp"

#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/partial.hpp"
#include "core/base/paths.hpp"
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

  if (!fs::is_directory(parent, problem)) throw FileError(parent, "there is no such folder");
  remove_abandoned(parent, name);
  const PartialFolder partial(project);
  fs::recursive_directory_iterator entry(template_folder, problem);
  for (const fs::recursive_directory_iterator end; !problem && entry != end; entry.increment(problem)) {
    const fs::path relative = entry->path().lexically_relative(template_folder);
    const fs::path target = partial.path() / substitute(relative.string(), name);
    if (is_folder(entry->path())) {
      fs::create_directories(target, problem);
      if (problem) throw FileError(target, "create", problem.value());
    } else {
      write_file_atomically(target, substitute(read_file(entry->path()), name));
    }
  }
  if (problem) throw FileError(template_folder, "read", problem.value());
  fs::rename(partial.path(), project, problem);
  if (problem) throw FileError(project, "create", problem.value());
}

}  // namespace goldilocks::plugins
