#include "core/pipeline/results/results_json.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include <google/protobuf/util/json_util.h>

namespace goldilocks::pipeline {
namespace {

using Json = nlohmann::ordered_json;

// Protobuf writes the entries of a map in the order of its hash table, which changes from run to run.
void sort_entries(Json& object) {
  std::vector<std::pair<std::string, Json>> entries;
  for (auto& [key, value] : object.items()) entries.emplace_back(key, std::move(value));
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  object = Json::object();
  for (auto& [key, value] : entries) object[key] = std::move(value);
}

// "options" is the only map of the documents.
void sort_maps(Json& node) {
  if (node.is_object()) {
    for (auto& [key, value] : node.items()) {
      if (key == "options" && value.is_object()) sort_entries(value);
      sort_maps(value);
    }
  } else if (node.is_array()) {
    for (Json& item : node) sort_maps(item);
  }
}

}  // namespace

nlohmann::ordered_json to_ordered_json(const google::protobuf::Message& document) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(document, &text, options);
  if (!status.ok()) throw std::runtime_error("a document can't be written as JSON: " + status.ToString());
  Json json = Json::parse(text);
  sort_maps(json);
  return json;
}

std::string to_json_text(const google::protobuf::Message& document) { return to_ordered_json(document).dump(2) + "\n"; }

}  // namespace goldilocks::pipeline
