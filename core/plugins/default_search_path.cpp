#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <spdlog/spdlog.h>

#include "core/plugins/installation.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::plugins {

std::vector<std::filesystem::path> default_search_path(const std::vector<std::filesystem::path>& explicit_places) {
  std::vector<std::filesystem::path> places = explicit_places;
  const char* variable = std::getenv("GOLDILOCKS_PLUGIN_PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::filesystem::path place = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (place.empty()) continue;
    // A relative place would be another one in each folder that a user works in: the current folder by a back door.
    if (place.is_absolute()) {
      places.push_back(place);
    } else {
      spdlog::warn("GOLDILOCKS_PLUGIN_PATH: '{}' is left out, as it is not absolute", place.string());
    }
  }
  places.push_back(installed_plugin_folder());
  return places;
}

}  // namespace goldilocks::plugins
