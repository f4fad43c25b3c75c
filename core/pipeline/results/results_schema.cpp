#include "core/pipeline/results/results_schema.hpp"

#include <string>

#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include "core/pipeline/results/results_json.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {
namespace {

using MessageDescriptor = google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

Json single(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return {{"$ref", "#/definitions/" + field.message_type()->name()}};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_STRING:
      return {{"type", "string"}};  // bytes as base64
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      // JSON has no numbers that aren't finite.
      return {{"anyOf", {{{"type", "number"}}, {{"enum", {"NaN", "Infinity", "-Infinity"}}}}}};
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", "integer"}, {"minimum", 0}};
    default:
      return {{"type", "integer"}};
  }
}

Json value(const FieldDescriptor& field) {
  if (field.is_map()) {
    return {{"type", "object"}, {"additionalProperties", single(*field.message_type()->map_value())}};
  }
  return field.is_repeated() ? Json{{"type", "array"}, {"items", single(field)}} : single(field);
}

// Protobuf's JSON leaves out what has a presence of its own, and isn't set.
bool may_be_absent(const FieldDescriptor& field) { return !field.is_repeated() && field.has_presence(); }

Json object(const MessageDescriptor& message) {
  Json properties = Json::object();
  Json required = Json::array();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    properties[field.json_name()] = value(field);
    if (!may_be_absent(field)) required.push_back(field.json_name());
  }
  Json object = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) object["required"] = std::move(required);
  return object;
}

void define(const MessageDescriptor& message, Json& definitions) {
  for (int i = 0; i < message.field_count(); ++i) {
    const MessageDescriptor* inner = message.field(i)->message_type();
    if (inner == nullptr || message.field(i)->is_map() || definitions.contains(inner->name())) continue;
    definitions[inner->name()] = object(*inner);
    define(*inner, definitions);
  }
}

}  // namespace

Json results_schema() {
  const MessageDescriptor& document = *goldilocks::Results::descriptor();
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "Goldilocks results, schema version " + std::to_string(results_schema_version)}};
  schema.update(object(document));
  Json definitions = Json::object();
  define(document, definitions);
  schema["definitions"] = std::move(definitions);
  return schema;
}

}  // namespace goldilocks::pipeline
