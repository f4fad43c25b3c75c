// Manifest.json lists the items of a package under identifiers that mean nothing, and says which of them is the model.
// Apple's library takes paths that leave the package; here every path is checked before it is used.
#include "core/formats/ml_program/manifest.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"

namespace goldilocks::ml_program {
namespace {

using nlohmann::json;

constexpr std::string_view format_version = "1.0.0";

std::string string_member(const json& object, const char* key, std::string_view place) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) {
    throw ModelError(place, fmt::format("\"{}\" is missing or is not a string", key));
  }
  return found->get<std::string>();
}

void check_path(std::string_view path, std::string_view place) {
  const auto refuse = [&](std::string_view why) {
    throw ModelError(place, fmt::format("the path '{}' {}", path, why));
  };
  if (path.empty()) refuse("is empty");
  if (path.front() == '/') refuse("is absolute");
  if (path.find('\\') != std::string_view::npos) refuse("has a backslash");
  if (path.find('\0') != std::string_view::npos) refuse("has a byte of 0");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part == "..") refuse("has a part '..'");
    if (part.empty() || part == ".") refuse("has a part that names nothing");
    begin = end + 1;
  }
}

ManifestItem parse_item(const std::string& identifier, const json& entry, std::string_view manifest) {
  const std::string place = fmt::format("{}: item '{}'", manifest, identifier);
  if (!entry.is_object()) throw ModelError(place, "not a JSON object");
  ManifestItem item{.identifier = identifier,
                    .path = string_member(entry, "path", place),
                    .name = string_member(entry, "name", place),
                    .author = string_member(entry, "author", place),
                    .description = string_member(entry, "description", place)};
  check_path(item.path, place);
  return item;
}

void check_unambiguous(const Manifest& manifest, std::string_view place) {
  std::set<std::pair<std::string, std::string>> names;
  std::set<std::string> paths;
  for (const ManifestItem& item : manifest.items) {
    if (!names.emplace(item.author, item.name).second) {
      throw ModelError(place, fmt::format("two items are named '{}' by '{}'", item.name, item.author));
    }
    if (!paths.insert(item.path).second) {
      throw ModelError(place, fmt::format("two items have the path '{}'", item.path));
    }
    if (item.identifier != manifest.root && item.path.ends_with(".mlmodel")) {
      throw ModelError(place,
                       fmt::format("two models are listed: '{}' and '{}'", manifest.root_item().path, item.path));
    }
  }
}

}  // namespace

const ManifestItem& Manifest::root_item() const { return *std::ranges::find(items, root, &ManifestItem::identifier); }

const ManifestItem* Manifest::weights_item() const {
  const auto found = std::ranges::find_if(
      items, [](const ManifestItem& item) { return item.name == weights_name && item.author == coreml_author; });
  return found == items.end() ? nullptr : &*found;
}

Manifest parse_manifest(std::string_view text, std::string_view place) {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) throw ModelError(place, "not valid JSON");
  if (!document.is_object()) throw ModelError(place, "not a JSON object");
  const std::string version = string_member(document, "fileFormatVersion", place);
  if (version != format_version) {
    throw ModelError(place, fmt::format("format version '{}'; only {} can be read", version, format_version));
  }
  const auto entries = document.find("itemInfoEntries");
  if (entries == document.end() || !entries->is_object()) {
    throw ModelError(place, "\"itemInfoEntries\" is missing or is not an object");
  }
  Manifest manifest;
  for (const auto& [identifier, entry] : entries->items())
    manifest.items.push_back(parse_item(identifier, entry, place));
  manifest.root = string_member(document, "rootModelIdentifier", place);
  if (std::ranges::find(manifest.items, manifest.root, &ManifestItem::identifier) == manifest.items.end()) {
    throw ModelError(place, fmt::format("the root model '{}' is not among the items", manifest.root));
  }
  check_unambiguous(manifest, place);
  return manifest;
}

std::string manifest_text(const Manifest& manifest) {
  json entries = json::object();
  for (const ManifestItem& item : manifest.items) {
    entries[item.identifier] = {
        {"author", item.author}, {"description", item.description}, {"name", item.name}, {"path", item.path}};
  }
  const json document = {
      {"fileFormatVersion", format_version}, {"itemInfoEntries", entries}, {"rootModelIdentifier", manifest.root}};
  return document.dump(4) + "\n";
}

}  // namespace goldilocks::ml_program
