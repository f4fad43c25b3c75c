#include "core/cli/document_differences.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace goldilocks::cli {
namespace {

using nlohmann::ordered_json;

std::string text(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// The name of an object in a list; "" if it has none.
std::string item_name(const ordered_json& item) {
  if (!item.is_object()) return "";
  std::string name;
  for (const char* key : {"name", "model", "layer", "parameter"}) {
    const auto found = item.find(key);
    if (found == item.end() || !found->is_string() || found->get<std::string>().empty()) continue;
    name += (name.empty() ? "" : " ") + found->get<std::string>();
  }
  return name;
}

using Members = std::vector<std::pair<std::string, const ordered_json*>>;

// The members of an object, or of a list whose items all have names of their own; nothing for others.
Members members_of(const ordered_json& value) {
  Members members;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) members.emplace_back("." + key, &member);
  } else if (value.is_array()) {
    for (const ordered_json& item : value) {
      const std::string name = item_name(item);
      if (name.empty()) return {};
      members.emplace_back("[" + name + "]", &item);
    }
  }
  return members;
}

void compare(const ordered_json& first, const ordered_json& second, const std::string& place,
             std::vector<std::string>& lines) {
  const Members before = members_of(first);
  const Members after = members_of(second);
  if (before.empty() && after.empty()) {
    if (first != second) lines.push_back(fmt::format("{}: {} -> {}", place, text(first), text(second)));
    return;
  }
  const auto path = [&](const std::string& name) {
    return place.empty() && name.starts_with('.') ? name.substr(1) : place + name;
  };
  const std::map<std::string, const ordered_json*> first_members(before.begin(), before.end());
  const std::map<std::string, const ordered_json*> second_members(after.begin(), after.end());
  for (const auto& [name, member] : before) {
    const auto other = second_members.find(name);
    if (other != second_members.end()) {
      compare(*member, *other->second, path(name), lines);
    } else {
      lines.push_back(path(name) + ": only in the first");
    }
  }
  for (const auto& [name, member] : after) {
    if (!first_members.contains(name)) lines.push_back(path(name) + ": only in the second");
  }
}

}  // namespace

std::vector<std::string> document_differences(const ordered_json& first, const ordered_json& second) {
  std::vector<std::string> lines;
  compare(first, second, "", lines);
  return lines;
}

}  // namespace goldilocks::cli
