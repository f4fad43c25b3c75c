#include "core/plugins/new_plugin.hpp"

#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/output_target.hpp"
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

struct ProjectFile {
  fs::path path;  // relative to the project's folder
  std::string content;
};

std::vector<ProjectFile> project_files(const std::string& name, const fs::path& template_folder) {
  if (!is_folder(template_folder)) throw FileError(template_folder, "the plugin template is missing");
  std::vector<ProjectFile> files;
  std::error_code problem;
  fs::recursive_directory_iterator entry(template_folder, problem);
  for (const fs::recursive_directory_iterator end; !problem && entry != end; entry.increment(problem)) {
    if (is_folder(entry->path())) continue;
    const fs::path relative = entry->path().lexically_relative(template_folder);
    files.push_back({substitute(relative.string(), name), substitute(read_file(entry->path()), name)});
  }
  if (problem) throw FileError(template_folder, "read", problem.value());
  return files;
}

void write_files(const std::vector<ProjectFile>& files, const fs::path& folder) {
  for (const ProjectFile& file : files) write_file_atomically(folder / file.path, file.content);
}

}  // namespace

void create_plugin_project(const std::string& name, const fs::path& parent, const fs::path& template_folder,
                           bool force) {
  if (!is_valid_name(name)) {
    throw UsageError(fmt::format("'{}' can't be the name of a plugin: names are made of a-z, 0-9 and _", name));
  }
  const fs::path project = parent / name;
  std::error_code problem;
  const bool is_there = fs::exists(fs::symlink_status(project, problem));
  if (is_there && !force) {
    throw UsageError(project.string(), "is there already; --force writes the project into it");
  }
  if (is_there && !is_folder(project)) throw UsageError(project.string(), "is there already, and is no folder");
  if (!is_folder(parent)) throw FileError(parent, "there is no such folder");
  const std::vector<ProjectFile> files = project_files(name, template_folder);
  if (is_there) {
    // What can't be written into is said before anything is replaced.
    for (const ProjectFile& file : files) const OutputTarget target(project / file.path);
    return write_files(files, project);
  }
  remove_abandoned(parent, name);
  const PartialFolder partial(project);
  write_files(files, partial.path());
  fs::rename(partial.path(), project, problem);
  if (problem) throw FileError(project, "create", problem.value());
}

}  // namespace goldilocks::plugins
