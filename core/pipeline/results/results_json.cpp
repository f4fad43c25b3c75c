#include "core/pipeline/results/results_json.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

namespace goldilocks::pipeline {
namespace {

using google::protobuf::FieldDescriptor;
using MessageType = google::protobuf::Descriptor;
using Json = nlohmann::ordered_json;

// Protobuf writes the entries of a map in the order of its hash table, which changes from run to run.
void sort_entries(Json& object) {
  std::vector<std::pair<std::string, Json>> entries;
  for (auto& [key, value] : object.items()) entries.emplace_back(key, std::move(value));
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  object = Json::object();
  for (auto& [key, value] : entries) object[key] = std::move(value);
}

void settle(Json& message, const MessageType& type);

// Protobuf writes integers of 64 bits as strings.
void settle_value(Json& value, const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return settle(value, *field.message_type());
    case FieldDescriptor::CPPTYPE_UINT64:
      value = std::stoull(value.get<std::string>());
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      value = std::stoll(value.get<std::string>());
      return;
    default:
      return;
  }
}

void settle(Json& message, const MessageType& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const auto found = message.find(field.json_name());
    if (found == message.end()) continue;
    if (field.is_map()) {
      sort_entries(*found);
    } else if (field.is_repeated()) {
      for (Json& item : *found) settle_value(item, field);
    } else {
      settle_value(*found, field);
    }
  }
}

// A row of figures, or an object without anything inside: one of many, in large documents.
bool is_on_a_line(const Json& node) {
  if (node.is_primitive()) return true;
  const auto is_row = [&](const Json& member) {
    return member.is_primitive() && (node.is_object() || !member.is_string());
  };
  return std::all_of(node.begin(), node.end(), is_row);
}

void append_node(std::string& text, const Json& node, std::size_t depth) {
  if (is_on_a_line(node)) {
    text += node.dump();
    return;
  }
  const std::string indent(2 * (depth + 1), ' ');
  const bool is_object = node.is_object();
  text += is_object ? "{\n" : "[\n";
  for (auto member = node.begin(); member != node.end(); ++member) {
    text += indent;
    if (is_object) text += Json(member.key()).dump() + ": ";
    append_node(text, *member, depth + 1);
    text += std::next(member) == node.end() ? "\n" : ",\n";
  }
  text.append(2 * depth, ' ');
  text += is_object ? "}" : "]";
}

}  // namespace

nlohmann::ordered_json to_ordered_json(const google::protobuf::Message& document, bool with_defaults) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = with_defaults;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(document, &text, options);
  if (!status.ok()) throw std::runtime_error("a document can't be written as JSON: " + status.ToString());
  Json json = Json::parse(text);
  settle(json, *document.GetDescriptor());
  return json;
}

std::string to_json_text(const google::protobuf::Message& document) {
  std::string text;
  append_node(text, to_ordered_json(document), 0);
  return text + "\n";
}

}  // namespace goldilocks::pipeline
