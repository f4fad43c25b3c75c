// A place of the search path is a folder, in which goldilocks-<kind>-<name>.so is looked up, or one such file. The
// first place that has the name wins, even if what it has is refused later: a library that must not be trusted is not
// to be replaced by another one in silence.
#include "core/plugins/plugin_search.hpp"

#include <set>
#include <system_error>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/base/suggest.hpp"
#include "core/plugins/plugin_file_name.hpp"
#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

// True for a link too that leads nowhere: it was put there to be found, and deserves an error of its own.
bool is_named(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

fs::path checked_place(const fs::path& place) {
  fs::path absolute = absolute_path(place);
  if (is_named(absolute) && !is_folder(absolute) && !parse_plugin_file_name(absolute.filename().string())) {
    throw PluginError(absolute.string(),
                      "a plugin's library is called goldilocks-<kind>-<name>.so, with the kind quantizer, backend or "
                      "report, and a name of a-z, 0-9 and _");
  }
  return absolute;
}

std::optional<fs::path> find_file(const std::vector<fs::path>& places, const std::string& file_name) {
  for (const fs::path& place : places) {
    if (is_folder(place)) {
      if (is_named(place / file_name)) return place / file_name;
    } else if (place.filename() == file_name && is_named(place)) {
      return place;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<fs::path> checked_places(const std::vector<fs::path>& places) {
  std::vector<fs::path> checked;
  for (const fs::path& place : places) {
    if (!place.empty()) checked.push_back(checked_place(place));
  }
  return checked;
}

fs::path find_plugin(const std::vector<fs::path>& places, Kind kind, const std::string& name) {
  if (!is_valid_name(name)) {
    throw PluginError(
        fmt::format("'{}' can't be the name of a {}: names are made of a-z, 0-9 and _", name, to_text(kind)));
  }
  if (std::optional<fs::path> file = find_file(places, plugin_file_name(kind, name))) return *file;
  const std::string suggestion = did_you_mean(name, plugin_names(places, kind));
  if (!suggestion.empty()) throw PluginError(fmt::format("unknown {} '{}'{}", to_text(kind), name, suggestion));
  std::string searched;
  for (const fs::path& place : places) {
    searched +=
        fmt::format("{}{}{}", searched.empty() ? "" : ", ", place.string(), is_named(place) ? "" : " (missing)");
  }
  throw PluginError(fmt::format("unknown {} '{}'; searched: {}", to_text(kind), name, searched));
}

std::vector<std::string> plugin_names(const std::vector<fs::path>& places, Kind kind) {
  std::set<std::string> names;
  const auto add = [&](const fs::path& file) {
    const auto parsed = parse_plugin_file_name(file.filename().string());
    if (parsed && parsed->kind == kind) names.insert(parsed->name);
  };
  for (const fs::path& place : places) {
    if (!is_folder(place)) {
      if (is_named(place)) add(place);
      continue;
    }
    std::error_code problem;
    for (fs::directory_iterator entry(place, problem), end; !problem && entry != end; entry.increment(problem)) {
      add(entry->path());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace goldilocks::plugins
